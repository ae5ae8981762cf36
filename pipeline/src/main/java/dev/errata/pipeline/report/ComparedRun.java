package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.train.StepRecord;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * One of two runs that are compared: of the loop, of a training, or of an evaluation.
 *
 * @param folder where it lies
 * @param settings by dotted keys, the hashes of its inputs among them
 * @param trainings steps in order, by the name of the arm, or under one name where the folder is a training
 * @param evaluations answers by the name of the arm, or under one name where the folder is an evaluation
 * @param problems the held-out ones, by id; empty where the folder holds none
 */
public record ComparedRun(
        String folder,
        SortedMap<String, String> settings,
        SortedMap<String, List<StepRecord>> trainings,
        SortedMap<String, List<Evaluation>> evaluations,
        Map<String, Problem> problems) {}
