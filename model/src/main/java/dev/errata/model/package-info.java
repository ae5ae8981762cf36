/** model. */
package dev.errata.model;
