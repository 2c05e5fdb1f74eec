// Package cpu chooses the instruction set that the kernels use.
//
//	if cpu.Level() >= cpu.AVX2 { … }
//
// The choice is made once a process: the best that this processor and this
// build have, or what the environment variable HOCSAU_KERNELS asks for.
package cpu

import (
	"os"
	"sync"

	"github.com/pkg/errors"
)

// A Set is an instruction set; a greater one includes the smaller ones.
type Set int

const (
	// Generic is portable Go.
	Generic Set = iota
	// AVX2 is 256-bit vectors with FMA.
	AVX2
	// AVX512 is 512-bit vectors: F, DQ, BW, VL.
	AVX512
)

// Env names the environment variable that forces a level.
const Env = "HOCSAU_KERNELS"

func (s Set) String() string {
	switch s {
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return "generic"
}

// Best returns the best level that this processor has.
func Best() Set { return best() }

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
	for _, s := range []Set{Generic, AVX2, AVX512} {
		if s.String() != name {
			continue
		}
		if s > Best() {
			return Best(), errors.Errorf("%s=%s: this processor has %s at best", Env, name, Best())
		}
		return s, nil
	}
	return Best(), errors.Errorf("%s=%s: expected generic, avx2 or avx512", Env, name)
}
