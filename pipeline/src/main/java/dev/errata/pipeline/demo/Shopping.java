package dev.errata.pipeline.demo;

import java.util.List;

/** Stories of buying: prices, one or two kinds of things, what is paid and what is left. */
final class Shopping {
    private enum Asked implements Weighted {
        PAID(20, 420),
        LEFT(16, 260),
        CHEAPER(12, 200),
        HALF_PRICE(22, 1),
        SHORT(30, 1);

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

    private static final List<Asked> QUESTIONS = List.of(Asked.values());

    private final Draw draw;
    private final Mix mix;
    private final Story story;
    private final String buyer;

    private Shopping(Draw draw, Mix mix, Story story) {
        this.draw = draw;
        this.mix = mix;
        this.story = story;
        buyer = draw.pick(StoryWords.NAMES);
    }

    /** Tells a story of about so many steps; the caller checks. */
    static void tell(Draw draw, Mix mix, int steps, Story story) {
        new Shopping(draw, mix, story).tell(steps);
    }

    private void tell(int steps) {
        String things = draw.pick(StoryWords.THINGS);
        int price = buy(things);
        if (steps > 2) {
            String more = StoryWords.other(draw, StoryWords.THINGS, List.of(things));
            int next = buy(more);
            price = story.step("All cost # dollars.", price, '+', next);
        }
        switch (draw.pick(mix, QUESTIONS)) {
            case PAID -> story.say("How many dollars does " + buyer + " pay?");
            case LEFT -> {
                int purse = draw.between(Math.min(price + 1, Story.LARGEST), Story.LARGEST);
                story.sayFirst(buyer + " has " + purse + " dollars.");
                story.say("How many dollars are left?");
                story.step(buyer + " has # dollars left.", purse, '-', price);
            }
            case CHEAPER -> {
                int off = draw.between(2, 9);
                story.say(buyer + " pays " + off + " dollars less. How many dollars does " + buyer + " pay?");
                story.step(buyer + " pays # dollars.", price, '-', off);
            }
            case HALF_PRICE -> {
                story.say(buyer + " pays half of the price. How many dollars does " + buyer + " pay?");
                story.step(buyer + " pays # dollars.", price, '/', 2);
            }
            case SHORT -> {
                int purse = draw.between(2, Math.max(2, price - 1));
                story.sayFirst(buyer + " has only " + purse + " dollars.");
                story.say("How many more dollars does " + buyer + " need?");
                story.step(buyer + " needs # more dollars.", price, '-', purse);
            }
        }
    }

    private int buy(String things) {
        int number = draw.between(2, 6);
        int price = draw.between(2, 9);
        story.say("Each " + StoryWords.single(things) + " costs " + price + " dollars. " + buyer + " buys " + number
                + " " + things + ".");
        return story.step("The " + things + " cost # dollars.", number, '*', price);
    }
}
