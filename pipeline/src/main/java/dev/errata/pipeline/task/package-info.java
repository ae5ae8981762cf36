/** The tasks: a class for each data set says how its files are read, what is asked, and what an answer is. */
package dev.errata.pipeline.task;
