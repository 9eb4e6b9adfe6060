package rocketrides.simulation;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import rocketrides.consumer.Checkpoints;
import rocketrides.consumer.Checkpoints.Saved;
import rocketrides.log.LogStream.Top;
import rocketrides.log.NewSegment;
import rocketrides.log.Segment;

/** Formats results for a trace. */
final class AnswerText {
    private AnswerText() {}

    static String of(Object answer) {
        if (answer instanceof Optional<?> optional) {
            return optional.isPresent() ? of(optional.get()) : "nothing";
        } else if (answer instanceof List<?> list) {
            return list.stream().map(AnswerText::of).collect(Collectors.joining(" ", "[", "]"));
        } else if (answer instanceof Segment segment) {
            return segment.firstOffset() + "-" + segment.lastOffset() + "/" + tag(segment);
        } else if (answer instanceof NewSegment sealed) {
            return sealed.partition() + ":" + sealed.firstOffset() + "-" + sealed.lastOffset()
                    + (sealed.next() ? " next " : " ")
                    + of(sealed.content());
        } else if (answer instanceof Checkpoints.Checkpoint stored) {
            return "offset " + stored.offset() + ", head " + stored.head() + (stored.begun() ? "" : ", has not begun");
        } else if (answer instanceof Saved saved) {
            return saved.outcome().toString();
        } else if (answer instanceof Top top) {
            return top.id();
        }
        return answer == null ? "done" : answer.toString();
    }

    /** The first characters, enough to distinguish two segments. */
    static String tag(Segment segment) {
        return segment.tag().toString().substring(0, 4);
    }
}
