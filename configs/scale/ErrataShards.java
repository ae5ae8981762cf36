import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Runs shards of an Errata command on the workers of a Spark cluster, one process a shard: {@code ErrataShards N FOLDER COMMAND…},
 * in which {@code @} stands for the shard's number. Spark starts a shard that failed again ({@code spark.task.maxFailures}; in
 * local mode the second number of {@code local[2,4]}), and Errata continues it from its last record.
 *
 * <p>Built and submitted by {@code spark.sh} beside this file. No code of ours runs inside Spark: {@code pipe} starts the command.
 */
public final class ErrataShards {
    private ErrataShards() {}

    /** Exits with 1 where a shard has failed more often than Spark was told to try. */
    public static void main(String[] arguments) {
        int shards = Integer.parseInt(arguments[0]);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            numbers.add(i);
        }
        // The process gets its shard's number as a line on stdin; its stdout comes back as the shard's result.
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "cd \"$1\"; shift; read -r shard; for each; do shift; set -- \"$@\" \"$(printf %s \"$each\" | sed \"s/@/$shard/g\")\"; done;"
                        + " exec \"$@\" </dev/null",
                "shard",
                arguments[1]));
        command.addAll(List.of(arguments).subList(2, arguments.length));
        try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("errata"))) {
            spark.parallelize(numbers, shards).pipe(command).collect().forEach(System.out::println);
        }
    }
}
