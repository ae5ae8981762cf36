package dev.errata.pipeline.task;

/**
 * Where a data set is to be had; nothing is downloaded.
 *
 * @param file the file that is evaluated, as its publisher calls it
 * @param page the public page
 */
public record PublicData(String file, String page) {}
