/** The three-zone demo: a whole cluster in one process, its load, its checks and its report. */
@NullMarked
package io.narrows.cli.demo;

import org.jspecify.annotations.NullMarked;
