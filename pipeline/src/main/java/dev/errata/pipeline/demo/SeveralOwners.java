package dev.errata.pipeline.demo;

import java.util.List;

/** Stories that compare what two or three people have, and ask for one of them, the sum, or the difference. */
final class SeveralOwners {
    private enum Relation implements Weighted {
        MORE(18, 440),
        TIMES(12, 270),
        FEWER(12, 180),
        TWICE(26, 1),
        HALF(24, 1),
        LESS_GIVEN(10, 100);

        private final int task;
        private final int pretrain;

        Relation(int task, int pretrain) {
            this.task = task;
            this.pretrain = pretrain;
        }

        @Override
        public int weight(Mix mix) {
            return mix.weight(task, pretrain);
        }
    }

    private enum Asked implements Weighted {
        LAST(20, 340),
        TOGETHER(40, 440),
        DIFFERENCE(20, 120),
        AFTER_GIFT(20, 100);

        private final int task;
        private final int pretrain;

        Asked(int task, int pretrain) {
            this.task = task;
            this.pretrain = pretrain;
        }

        @Override
        public int weight(Mix mix) {
            return mix.weight(task, pretrain);
        }
    }

    private static final List<Relation> RELATIONS = List.of(Relation.values());
    private static final List<Asked> QUESTIONS = List.of(Asked.values());

    private final Draw draw;
    private final Mix mix;
    private final Story story;
    private final String first;
    private final String second;
    private final String third;
    private final String things;

    private SeveralOwners(Draw draw, Mix mix, Story story) {
        this.draw = draw;
        this.mix = mix;
        this.story = story;
        first = draw.pick(StoryWords.NAMES);
        second = StoryWords.other(draw, StoryWords.NAMES, List.of(first));
        third = StoryWords.other(draw, StoryWords.NAMES, List.of(first, second));
        things = draw.pick(StoryWords.THINGS);
    }

    /** Tells a story of about so many steps; the caller checks. */
    static void tell(Draw draw, Mix mix, int steps, Story story) {
        new SeveralOwners(draw, mix, story).tell(steps);
    }

    private void tell(int steps) {
        int ofFirst = draw.between(3, 20);
        story.say(first + " has " + ofFirst + " " + things + ".");
        int ofSecond = relate(second, first, ofFirst);
        boolean three = steps > 2 || (steps == 2 && draw.chance(300));
        boolean back = draw.chance(mix.weight(400, 30));
        int ofThird = 0;
        if (three) {
            ofThird = back ? relate(third, first, ofFirst) : relate(third, second, ofSecond);
        }
        switch (draw.pick(mix, QUESTIONS)) {
            case LAST -> story.say("How many " + things + " does " + (three ? third : second) + " have?");
            case TOGETHER -> {
                story.say("How many " + things + " do they have together?");
                int sum = story.step("Together they have # " + things + ".", ofFirst, '+', ofSecond);
                if (three) {
                    story.step("With " + third + " they have # " + things + ".", sum, '+', ofThird);
                }
            }
            case DIFFERENCE -> {
                int last = three ? ofThird : ofSecond;
                String holder = three ? third : second;
                boolean more = last > ofFirst;
                story.say("How many more " + things + " does " + (more ? holder : first) + " have than "
                        + (more ? first : holder) + "?");
                story.step(
                        (more ? holder : first) + " has # more " + things + ".",
                        Math.max(last, ofFirst),
                        '-',
                        Math.min(last, ofFirst));
            }
            case AFTER_GIFT -> {
                int given = draw.between(2, 9);
                story.say(first + " gives " + given + " " + things + " to " + second + ". How many " + things + " does "
                        + second + " have now?");
                story.step(second + " has # " + things + ".", ofSecond, '+', given);
            }
        }
    }

    private int relate(String who, String than, int known) {
        int some = draw.between(2, 12);
        String has = who + " has # " + things + ".";
        return switch (draw.pick(mix, RELATIONS)) {
            case MORE -> {
                story.say(who + " has " + some + " more " + things + " than " + than + ".");
                yield story.step(has, known, '+', some);
            }
            case TIMES -> {
                int times = draw.between(2, 4);
                story.say(who + " has " + times + " times as many " + things + " as " + than + ".");
                yield story.step(has, known, '*', times);
            }
            case FEWER -> {
                story.say(who + " has " + some + " fewer " + things + " than " + than + ".");
                yield story.step(has, known, '-', some);
            }
            case TWICE -> {
                story.say(who + " has twice as many " + things + " as " + than + ".");
                yield story.step(has, known, '*', 2);
            }
            case HALF -> {
                story.say(who + " has half as many " + things + " as " + than + ".");
                yield story.step(has, known, '/', 2);
            }
            case LESS_GIVEN -> {
                story.say(than + " has " + some + " more " + things + " than " + who + ".");
                yield story.step(has, known, '-', some);
            }
        };
    }
}
