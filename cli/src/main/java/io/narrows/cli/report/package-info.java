/** Cost reports for people and programs: terminal, JSON, CSV and one HTML file that opens offline. */
@NullMarked
package io.narrows.cli.report;

import org.jspecify.annotations.NullMarked;
