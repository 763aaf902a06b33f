// Package ui opens the demo's site in a real browser and uses it as a reader would. It needs Chromium, so its tests run only with the
// build tag ui:
//
//	go test -tags=ui ./test/ui/...
//
// Without a browser they skip and say so, unless PLUME_UI_REQUIRED is set, which makes that a failure. Screenshots go to
// the folder that PLUME_UI_SHOTS names, or to screenshots beside the tests; with PLUME_UI_PICTURE set, the README's picture is made anew.
package ui
