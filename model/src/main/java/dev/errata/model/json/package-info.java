/** How JSON is read and written throughout. */
package dev.errata.model.json;
