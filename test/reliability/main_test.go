package reliability

import (
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test's binary be a broker or a consumer, for the tests that kill one.
func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		os.Exit(runChild(spec))
	}
	goleak.VerifyTestMain(m)
}

// kills is how many kills a test makes: PLUME_KILLS, or a few.
func kills(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("PLUME_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PLUME_KILLS=%q is not a positive number", text)
	}
	return n
}
