package conv

import (
	"sync"
	"unsafe"

	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/internal/kernels/gemm"
	"github.com/hocsau/hocsau/internal/kernels/par"
)

// forkFlops is the work below which a second thread costs more than it gives.
const forkFlops = 260_000

// grain returns how many of n units of work, flops in all, a thread is to
// have at least.
func grain(n, flops int) int {
	return max(1, n*forkFlops/max(flops, 1))
}

// job is a call in the portable form, divided into planes.
type job[T gemm.Float] struct{ call[T] }

// run computes c on the pool.
func run[T gemm.Float](p *par.Pool, level cpu.Set, c *call[T]) {
	if level > cpu.Generic && fast(p, level, c) {
		return
	}
	j := takeJob[T]()
	defer releaseJob(j)
	j.call = *c
	s := &j.s
	units := 0
	switch j.pass {
	case forward:
		units = s.N * s.K
	case backwardInput:
		units = s.N * s.C
	case backwardWeight:
		units = s.K * s.cg()
	}
	p.For(units, grain(units, 4*s.Flops()), j)
}

// Range computes the planes lo to hi.
func (j *job[T]) Range(_, lo, hi int) {
	switch j.pass {
	case forward:
		j.forward(lo, hi)
	case backwardInput:
		j.backwardInput(lo, hi)
	case backwardWeight:
		j.backwardWeight(lo, hi)
	}
}

// jobs is a free list: a job is handed to the pool as an interface and would
// otherwise be allocated on every call.
type jobs[T gemm.Float] struct {
	sync.Mutex
	list []*job[T]
}

// These lists are caches; nothing that is computed depends on them.
var (
	jobs32 jobs[float32]
	jobs64 jobs[float64]
)

// jobsOf returns the list for T, whose jobs have the layout of the
// underlying type's.
func jobsOf[T gemm.Float]() *jobs[T] {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return (*jobs[T])(unsafe.Pointer(&jobs32))
	}
	return (*jobs[T])(unsafe.Pointer(&jobs64))
}

func takeJob[T gemm.Float]() *job[T] {
	l := jobsOf[T]()
	l.Lock()
	defer l.Unlock()
	if len(l.list) == 0 {
		return new(job[T])
	}
	j := l.list[len(l.list)-1]
	l.list = l.list[:len(l.list)-1]
	return j
}

func releaseJob[T gemm.Float](j *job[T]) {
	*j = job[T]{} // keeps no caller's memory alive
	l := jobsOf[T]()
	l.Lock()
	l.list = append(l.list, j)
	l.Unlock()
}
