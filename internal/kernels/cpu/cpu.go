// Package cpu chooses the instruction set that the kernels use.
//
//	if cpu.Level() > cpu.Generic { … }
//
// The choice is made once a process: the best that this processor and this
// build have, or what the environment variable HOCSAU_KERNELS asks for.
package cpu

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pkg/errors"
)

// A Set is an instruction set; a greater one of the same processor includes the
// smaller ones.
type Set int

const (
	// Generic is portable Go.
	Generic Set = iota
	// NEON is 128-bit vectors of arm64, two of which do what one of AVX2 does.
	NEON
	// AVX2 is 256-bit vectors with FMA, of amd64.
	AVX2
	// AVX512 is 512-bit vectors: F, DQ, BW, VL.
	AVX512
)

// Env names the environment variable that forces a level.
const Env = "HOCSAU_KERNELS"

func (s Set) String() string {
	switch s {
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return "generic"
}

// Sets returns the levels that this processor has, the lowest first.
func Sets() []Set { return sets() }

// Best returns the best level that this processor has.
func Best() Set { return slices.Max(sets()) }

// Level returns the level in force.
func Level() Set {
	s, _ := chosen()
	return s
}

// Check returns an error where HOCSAU_KERNELS names a level that does not
// exist or that this processor lacks; [Best] is then in force.
func Check() error {
	_, err := chosen()
	return err
}

var chosen = sync.OnceValues(func() (Set, error) { return parse(os.Getenv(Env)) })

func parse(name string) (Set, error) {
	if name == "" {
		return Best(), nil
	}
	var names []string
	for _, s := range []Set{Generic, NEON, AVX2, AVX512} {
		names = append(names, s.String())
		switch {
		case s.String() != name:
		case slices.Contains(sets(), s):
			return s, nil
		default:
			return Best(), errors.Errorf("%s=%s: this processor (%s) has %s at best", Env, name, runtime.GOARCH, Best())
		}
	}
	return Best(), errors.Errorf("%s=%s: expected one of %s", Env, name, strings.Join(names, ", "))
}
