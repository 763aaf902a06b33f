// Package site is the page that Plume is about: a live trace, the Go source of the step that is selected in it, and what the
// analysis said about that step, side by side and following each other. It also answers Jaeger's query API and /metrics.
//
// Every page is in English or in Chinese, which its address says (/zh/...); the words are in package words. Pages are rendered on the server from embedded templates; a few small ES modules add what needs a running script (live updates,
// panes that follow without a reload, the keyboard). Nothing is loaded from anywhere else and nothing is inline, so that the
// content security policy can be default-src 'self'. It is meant for loopback: every request's Host must be this machine's, and
// whatever changes state needs a token made anew at every start.
package site
