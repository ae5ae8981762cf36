/** Folders that hold work: what binds them to settings and inputs, to a version and to a process, and how records grow in them. */
package dev.errata.pipeline.folder;
