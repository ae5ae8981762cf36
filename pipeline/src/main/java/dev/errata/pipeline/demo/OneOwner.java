package dev.errata.pipeline.demo;

import java.util.List;

/** Stories of one owner whose things become more and fewer: an opening, events in order, and a question about the end. */
final class OneOwner {
    private enum Opening implements Weighted {
        PLAIN(50, 50),
        GROUPS(20, 22),
        DAYS(20, 22),
        COLOURS(10, 6);

        private final int task;
        private final int pretrain;

        Opening(int task, int pretrain) {
            this.task = task;
            this.pretrain = pretrain;
        }

        @Override
        public int weight(Mix mix) {
            return mix.weight(task, pretrain);
        }
    }

    private enum Event implements Weighted {
        GAIN(12, 300),
        LOSE(10, 260),
        GIVE(10, 220),
        GROUPS(10, 70),
        RECEIVE(8, 80),
        GIVE_HALF(18, 1),
        DOUBLE(18, 1),
        FRIENDS_GIVE(6, 50),
        GIVE_FRIENDS(8, 60),
        BYSTANDER(10, 1);

        private final int task;
        private final int pretrain;

        Event(int task, int pretrain) {
            this.task = task;
            this.pretrain = pretrain;
        }

        @Override
        public int weight(Mix mix) {
            return mix.weight(task, pretrain);
        }
    }

    private enum Ending implements Weighted {
        NOW(50, 560),
        SHARE(20, 260),
        PACK(15, 90),
        SELL(15, 90);

        private final int task;
        private final int pretrain;

        Ending(int task, int pretrain) {
            this.task = task;
            this.pretrain = pretrain;
        }

        @Override
        public int weight(Mix mix) {
            return mix.weight(task, pretrain);
        }
    }

    private static final List<Opening> OPENINGS = List.of(Opening.values());
    private static final List<Event> EVENTS = List.of(Event.values());
    private static final List<Ending> ENDINGS = List.of(Ending.values());

    private final Draw draw;
    private final Mix mix;
    private final Story story;
    private final String owner;
    private final String friend;
    private final String things;
    private int count;

    private OneOwner(Draw draw, Mix mix, Story story) {
        this.draw = draw;
        this.mix = mix;
        this.story = story;
        owner = draw.pick(StoryWords.NAMES);
        friend = StoryWords.other(draw, StoryWords.NAMES, List.of(owner));
        things = draw.pick(StoryWords.THINGS);
    }

    /** Tells a story of about so many steps; the caller checks. */
    static void tell(Draw draw, Mix mix, int steps, Story story) {
        new OneOwner(draw, mix, story).tell(steps);
    }

    private void tell(int steps) {
        Ending ending = draw.pick(mix, ENDINGS);
        open();
        int before = ending == Ending.NOW ? steps : steps - 1;
        for (int tries = 0; story.steps() < before && tries < 4; tries++) {
            happen(draw.pick(mix, EVENTS));
        }
        end(ending);
    }

    private void open() {
        switch (draw.pick(mix, OPENINGS)) {
            case PLAIN -> {
                count = draw.between(3, 26);
                story.say(owner + " has " + count + " " + things + ".");
            }
            case GROUPS -> {
                int groups = draw.between(2, 6);
                int each = draw.between(2, Math.min(15, 36 / groups));
                String container = draw.pick(StoryWords.CONTAINERS);
                story.say(owner + " has " + groups + " " + StoryWords.plural(container) + " with " + each + " " + things
                        + " in each " + container + ".");
                count = story.step(has(), groups, '*', each);
            }
            case DAYS -> {
                int days = draw.between(2, 6);
                int each = draw.between(2, Math.min(25, Story.LARGEST / days));
                story.say(owner + " " + draw.pick(StoryWords.GAINS) + " " + each + " " + things + " each day for "
                        + days + " days.");
                count = story.step(has(), each, '*', days);
            }
            case COLOURS -> {
                int red = draw.between(2, 15);
                int blue = draw.between(2, 15);
                story.say(owner + " has " + red + " red " + things + " and " + blue + " blue " + things + ".");
                count = story.step(has(), red, '+', blue);
            }
        }
    }

    private void happen(Event event) {
        int some = draw.between(2, 12);
        int people = draw.between(2, 5);
        int each = draw.between(2, 9);
        switch (event) {
            case GAIN -> {
                story.say(owner + " " + draw.pick(StoryWords.GAINS) + " " + some + " more " + things + ".");
                count = story.step(has(), count, '+', some);
            }
            case LOSE -> {
                story.say(owner + " " + draw.pick(StoryWords.LOSSES) + " " + some + " " + things + ".");
                count = story.step(has(), count, '-', some);
            }
            case GIVE -> {
                story.say(owner + " gives " + some + " " + things + " to " + friend + ".");
                count = story.step(has(), count, '-', some);
            }
            case GROUPS -> {
                String container = draw.pick(StoryWords.CONTAINERS);
                story.say(owner + " " + draw.pick(StoryWords.GAINS) + " " + people + " " + StoryWords.plural(container)
                        + " with " + each + " " + things + " in each " + container + ".");
                int more = story.step(
                        "The " + StoryWords.plural(container) + " hold # " + things + ".", people, '*', each);
                count = story.step(has(), count, '+', more);
            }
            case RECEIVE -> {
                story.say(friend + " gives " + owner + " " + some + " " + things + ".");
                count = story.step(has(), count, '+', some);
            }
            case GIVE_HALF -> {
                story.say(owner + " gives half of the " + things + " to " + friend + ".");
                count = story.step(has(), count, '/', 2);
            }
            case DOUBLE -> {
                story.say("Then " + owner + " doubles the number of " + things + ".");
                count = story.step(has(), count, '*', 2);
            }
            case FRIENDS_GIVE -> {
                story.say(people + " friends each give " + owner + " " + each + " " + things + ".");
                int more = story.step("The friends give # " + things + ".", people, '*', each);
                count = story.step(has(), count, '+', more);
            }
            case GIVE_FRIENDS -> {
                story.say(owner + " gives " + each + " " + things + " to each of " + people + " friends.");
                int given = story.step("The friends get # " + things + ".", people, '*', each);
                count = story.step(has(), count, '-', given);
            }
            case BYSTANDER -> story.say(friend + " " + draw.pick(StoryWords.GAINS) + " " + some + " " + things + ".");
        }
    }

    private void end(Ending ending) {
        int parts = draw.between(2, 6);
        switch (ending) {
            case NOW -> story.say("How many " + things + " does " + owner + " have now?");
            case SHARE -> {
                story.say(owner + " shares the " + things + " equally among " + parts + " friends. How many " + things
                        + " does each friend get?");
                story.step("Each friend gets # " + things + ".", count, '/', parts);
            }
            case PACK -> {
                String container = draw.pick(StoryWords.CONTAINERS);
                story.say(owner + " puts " + parts + " " + things + " in each " + container + ". How many "
                        + StoryWords.plural(container) + " does " + owner + " need?");
                story.step(owner + " needs # " + StoryWords.plural(container) + ".", count, '/', parts);
            }
            case SELL -> {
                story.say(owner + " sells each " + StoryWords.single(things) + " for " + parts
                        + " dollars. How many dollars does " + owner + " get?");
                story.step(owner + " gets # dollars.", count, '*', parts);
            }
        }
    }

    private String has() {
        return owner + " has # " + things + ".";
    }
}
