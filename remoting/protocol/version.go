package protocol

import "fmt"

// firstVersions are the versions before 3.0.1, whose numbers follow no rule. Read only.
var firstVersions = [...]string{
	"V3_0_0_SNAPSHOT", "V3_0_0_ALPHA1", "V3_0_0_BETA1", "V3_0_0_BETA2", "V3_0_0_BETA3", "V3_0_0_BETA4", "V3_0_0_BETA5",
	"V3_0_0_BETA6_SNAPSHOT", "V3_0_0_BETA6", "V3_0_0_BETA7_SNAPSHOT", "V3_0_0_BETA7", "V3_0_0_BETA8_SNAPSHOT", "V3_0_0_BETA8",
	"V3_0_0_BETA9_SNAPSHOT", "V3_0_0_BETA9", "V3_0_0_FINAL",
}

// VersionDesc is Apache's name of a version that peers state as a number: 513 is "V5_5_0". Numbers beyond the last that it knows
// are "HIGHER_VERSION", and so are negative ones.
//
// Java: common.MQVersion#getVersionDesc (5.5.0).
func VersionDesc(version int32) string {
	const (
		v301, v310, v331, v400 = 16, 46, 86, 212
		end                    = 612
	)
	switch n := int(version); {
	case n < 0 || n >= end:
		return "HIGHER_VERSION"
	case n < v301:
		return firstVersions[n]
	case n < v310:
		return versionName(30, 1, n-v301)
	case n < v331: // from here on each minor version has patches 0 to 9
		return versionName(31+(n-v310)/20, 0, (n-v310)%20)
	case n < v400: // ... here 1 to 9
		return versionName(33+(n-v331)/18, 1, (n-v331)%18)
	default:
		return versionName(40+(n-v400)/20, 0, (n-v400)%20)
	}
}

// versionName is the i-th name of a minor version (55 is 5.5) whose patches begin with first: a snapshot and a release of each.
func versionName(minor, first, i int) string {
	name := fmt.Sprintf("V%d_%d_%d", minor/10, minor%10, first+i/2)
	if i%2 == 0 {
		name += "_SNAPSHOT"
	}
	return name
}
