package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.WholeCorrections;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.LemaCompat;
import dev.errata.pipeline.record.Problem;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CommonsenseQA (Talmor et al., 2019) as LEMA republished it: {@code prompt}, {@code answer}, {@code candidates}. The answer is
 * one of the candidates, in words. It has no worked solutions, so training takes rows of one's own with a rationale.
 */
public final class CommonsenseQa implements Task {
    private static final Pattern PROMPT =
            Pattern.compile("\\nQuestion: (.*)\\nCandidate Answers: .*\\.\\nAnswer:", Pattern.DOTALL);

    private static final List<Problem> EXAMPLES = List.of(
            Problem.example(
                    "Where would you leave a wet umbrella when you come home?",
                    "hallway",
                    List.of("bed", "hallway", "bookshelf", "rain", "oven"),
                    "Bed - A wet umbrella would make the bed wet, so nobody leaves it there.\nHallway - Many homes have a stand for umbrellas in the hallway, near the door.\nBookshelf - Water spoils books, so this is no place for it.\nRain - Rain is why the umbrella is wet, not a place at home.\nOven - An oven is for baking.\nThe hallway is the first room of a home and the usual place for wet things."),
            Problem.example(
                    "What does a person feel who has slept too little?",
                    "tired",
                    List.of("hungry", "tired", "famous", "tall", "proud"),
                    "Hungry - Hunger comes from not eating.\nTired - Without enough sleep the body and the mind are tired.\nFamous - Fame has nothing to do with sleep.\nTall - This is no feeling.\nProud - Pride comes from having achieved something.\nLack of sleep makes people tired above all."),
            Problem.example(
                    "A farmer wants to keep foxes away from her hens. What does she build?",
                    "fence",
                    List.of("bridge", "pond", "fence", "road", "tower"),
                    "Bridge - A bridge helps to cross something and keeps nothing away.\nPond - A pond is for ducks; foxes walk around it.\nFence - A fence around the hens keeps foxes out.\nRoad - Foxes cross roads.\nTower - A tower lets her look further but stops no fox.\nOnly the fence keeps the foxes and the hens apart."),
            Problem.example(
                    "What do people use to write a letter that can be erased?",
                    "pencil",
                    List.of("pen", "chisel", "pencil", "printer", "stamp"),
                    "Pen - Ink stays on paper and can't be erased well.\nChisel - It cuts stone and wood.\nPencil - What a pencil writes can be erased with rubber.\nPrinter - A printer's ink stays.\nStamp - A stamp is put on the envelope.\nThe question asks for something that can be erased, which is true of a pencil alone."));

    private static final WholeCorrections CORRECTIONS = new WholeCorrections(
            "For the following commonsense questions, the original explanations and reasons may contain mistakes. Please identify and explain the mistakes in the original answer, then correct these mistakes and provide the corrected final answer. Please just select only one answer that is most relevant to the question.",
            "For the following commonsense question, the original answer is incorrect. Please identify and explain the mistakes in the original answer, then correct these mistakes and provide the corrected final answer.",
            List.of("""
            Question: Where do you put milk that you want to drink cold?
            Candidate Answers: cupboard, refrigerator, cow, oven, window.
            Original Answer:
            {
            Cupboard - Food is often kept in a cupboard, and milk is food.
            Refrigerator - It is meant for vegetables.
            Cow - Milk comes from cows, but nobody puts it back.
            Oven - An oven makes things hot.
            Window - It may be cold at the window, but only in winter.
            The cupboard is the usual place for food.
            The answer is cupboard.
            }
            Mistakes: A cupboard is as warm as the room, so milk doesn't get cold there. The refrigerator is wrongly dismissed: it keeps all kinds of food cold.
            Corrected Answer:
            {
            Cupboard - Food is often kept in a cupboard, but it is as warm as the room.
            Refrigerator - It keeps food and drinks cold.
            Cow - Milk comes from cows, but nobody puts it back.
            Oven - An oven makes things hot.
            Window - It may be cold at the window, but only in winter.
            The refrigerator is the place where drinks get cold at any time.
            The answer is refrigerator.
            }
            """, """
            Question: Why does somebody take a map on a hike?
            Candidate Answers: to get lost, to find the way, to make a fire, to sit on, to feel heavy.
            Original Answer:
            {
            To get lost - A map does not lead astray.
            To find the way - A map shows paths and places.
            To make a fire - Paper burns well, and hikers like to sit by a fire.
            To sit on - A map is too thin.
            To feel heavy - A map weighs little.
            Fires are a part of hikes, and paper burns well.
            The answer is to make a fire.
            }
            Mistakes: That paper burns is true, but it is not why people take a map with them. The answer passes over the purpose of a map, which it has explained itself.
            Corrected Answer:
            {
            To get lost - A map does not lead astray.
            To find the way - A map shows paths and places, which is what it is made for.
            To make a fire - Paper burns, but nobody takes a map for that.
            To sit on - A map is too thin.
            To feel heavy - A map weighs little.
            A map is taken so that one finds the way.
            The answer is to find the way.
            }
            """, """
            Question: What happens to a candle while it burns?
            Candidate Answers: grows, gets shorter, freezes, sings, becomes wet.
            Original Answer:
            {
            Grows - The flame makes the candle larger.
            Gets shorter - Some candles stay the same.
            Freezes - Fire is hot.
            Sings - Candles make no sound.
            Becomes wet - The wax becomes liquid at the top.
            Liquid wax is wet, so the candle becomes wet.
            The answer is becomes wet.
            }
            Mistakes: Wax that melts is not water, and only a little of it is liquid at a time. A burning candle uses up its wax, which the answer denies.
            Corrected Answer:
            {
            Grows - A candle loses wax, so it does not grow.
            Gets shorter - The wax is burnt, so the candle gets shorter all the time.
            Freezes - Fire is hot.
            Sings - Candles make no sound.
            Becomes wet - Some wax becomes liquid, but the candle does not become wet.
            The burning of the wax makes the candle shorter.
            The answer is gets shorter.
            }
            """, """
            Question: Who is most likely to own a stethoscope?
            Candidate Answers: doctor, gardener, pilot, baker, singer.
            Original Answer:
            {
            Doctor - A doctor listens to hearts and lungs.
            Gardener - A gardener needs a spade.
            Pilot - A pilot wears headphones, which look much the same.
            Baker - A baker needs an oven.
            Singer - A singer listens to music.
            Headphones and stethoscopes both go into the ears, so it is the pilot.
            The answer is pilot.
            }
            Mistakes: A stethoscope looks a little like headphones but is no such thing. It is made for listening to the body, which is what a doctor does.
            Corrected Answer:
            {
            Doctor - A doctor listens to hearts and lungs with a stethoscope.
            Gardener - A gardener needs a spade.
            Pilot - A pilot wears headphones, which are something else.
            Baker - A baker needs an oven.
            Singer - A singer listens to music.
            The stethoscope is a doctor's instrument.
            The answer is doctor.
            }
            """));

    @Override
    public String name() {
        return "csqa";
    }

    @Override
    public AnswerKind answers() {
        return AnswerKind.CHOICE;
    }

    @Override
    public PublicData data() {
        return new PublicData("test_data/csqa_dev.jsonl", "https://github.com/microsoft/LEMA");
    }

    @Override
    public Optional<Problem> published(JsonRow row) {
        if (!row.hasAll("prompt", "answer", "candidates")) {
            return Optional.empty();
        }
        Matcher asked = PROMPT.matcher(row.text("prompt"));
        if (!asked.find()) {
            throw row.wrong("the prompt is not LEMA's", "give rows of question, answer, candidates");
        }
        return Optional.of(
                new Problem(null, asked.group(1), row.text("answer"), null, row.texts("candidates"), null, null));
    }

    @Override
    public String instruction() {
        return "Please answer the following commonsense question. Please first explain each candidate answer, then select only one answer that is most relevant to the question and provide reasons.";
    }

    @Override
    public String shown(Problem problem) {
        return problem.question() + "\nCandidate Answers: " + String.join(", ", problem.choices()) + ".";
    }

    @Override
    public List<Problem> examples() {
        return EXAMPLES;
    }

    @Override
    public CorrectionForm corrections() {
        return CORRECTIONS;
    }

    @Override
    public Optional<LemaCompat.Rule> releaseRule() {
        return Optional.of(LemaCompat.Rule.NEAREST_CANDIDATE);
    }
}
