/** What a training leaves on the disk to go on from. */
package dev.errata.train.checkpoint;
