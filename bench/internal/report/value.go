package report

import (
	"fmt"
	"strings"
)

// Value prints a figure with the unit it is best read in: "ns/load" as ns, µs or ms per load.
func Value(v float64, unit string) string {
	scale, suffix := v, "ns"
	isTime := strings.HasPrefix(unit, "ns/") || strings.HasSuffix(unit, "-ns")
	if !isTime {
		return trim(v)
	}
	switch {
	case v < 1e3:
	case v < 1e6:
		scale, suffix = v/1e3, "µs"
	case v < 1e9:
		scale, suffix = v/1e6, "ms"
	default:
		scale, suffix = v/1e9, "s"
	}
	return trim(scale) + " " + suffix
}

// trim gives three significant digits.
func trim(v float64) string {
	switch {
	case v == 0 || v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// UnitName is the unit in words, for heads and axes.
func UnitName(unit string) string {
	switch {
	case unit == "p999-ns":
		return "p99.9"
	case strings.HasSuffix(unit, "-ns"):
		return strings.TrimSuffix(unit, "-ns")
	case strings.HasPrefix(unit, "ns/"):
		return "time per " + strings.TrimPrefix(unit, "ns/")
	default:
		return unit
	}
}

// tickLabel is a round figure, as short as it can be.
func tickLabel(v float64, unit string) string {
	if v == 0 {
		return "0"
	}
	s := Value(v, unit)
	number, suffix, _ := strings.Cut(s, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + suffix)
}

// plain is a count, in thousands where it is long.
func plain(v float64) string {
	switch {
	case v >= 1e6:
		return tickLabel(v/1e6, "") + "M"
	case v >= 1e3:
		return tickLabel(v/1e3, "") + "k"
	default:
		return tickLabel(v, "")
	}
}
