/** The families of models: what tells them apart, as data in one table. */
package dev.errata.model.family;
