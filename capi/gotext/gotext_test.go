package gotext_test

import (
	"math"
	"reflect"
	"testing"

	"netmeshos/capi/gotext"
)

func TestFunctionsAreWithin(t *testing.T) {
	begin, end := gotext.Bounds()
	for _, f := range []any{TestFunctionsAreWithin, gotext.Bounds, math.Sqrt, (*testing.T).Run} {
		if at := reflect.ValueOf(f).Pointer(); at < begin || at >= end {
			t.Errorf("a function at %#x is not within %#x to %#x", at, begin, end)
		}
	}
}

func TestVariablesAreNot(t *testing.T) {
	begin, end := gotext.Bounds()
	if at := reflect.ValueOf(new(int)).Pointer(); at >= begin && at < end {
		t.Errorf("a variable at %#x is within %#x to %#x", at, begin, end)
	}
}
