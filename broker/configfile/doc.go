// Package configfile keeps one of a broker's config/*.json files: read at start with its .bak as a fallback, replaced
// atomically whenever its owner says so.
//
// A file is replaced in an order that leaves a whole copy at every moment: the former contents go to name.bak (through
// name.bak.tmp), the new ones to name (through name.tmp); each temporary file is synced before its rename and the folder after
// it. A crash therefore leaves the old file or the new one, never half of either.
//
// Java: common.ConfigManager (5.5.0), which writes in place and has no such guarantee.
package configfile
