package graph

import (
	"container/list"
	"fmt"
	"sync"

	"github.com/pkg/errors"
)

// maxPrograms is how many programs a set keeps.
const maxPrograms = 16

// Size is what programs of a set differ in.
type Size struct {
	Batch  int // examples
	Length int // of a sequence; 0 where there is none
	Second int // another length, such as that of the sequence written; 0 where there is none
}

func (s Size) String() string {
	if s.Length == 0 {
		return fmt.Sprintf("batch size %d", s.Batch)
	}
	if s.Second == 0 {
		return fmt.Sprintf("batch size %d, length %d", s.Batch, s.Length)
	}
	return fmt.Sprintf("batch size %d, lengths %d and %d", s.Batch, s.Length, s.Second)
}

// Build makes the graph of one size: it adds nodes to g and compiles it with
// the function given.
type Build func(g *Graph, size Size, compile func(loss *Node, fetch ...*Node) (*Program, error)) (*Program, error)

// Programs makes programs for sizes as they are asked for, over one store. They
// share one arena, of the size of the largest; the sixteen used last are kept.
// Several goroutines may call Use at once.
type Programs struct {
	store *Store
	mode  Mode
	build Build

	mu     sync.Mutex
	arena  *arena
	bySize map[Size]*list.Element
	recent *list.List // of *sized, the last used first
	using  sync.Mutex // held by Use
}

type sized struct {
	size    Size
	program *Program
}

// NewPrograms returns an empty set.
func NewPrograms(store *Store, mode Mode, build Build) *Programs {
	return &Programs{store: store, mode: mode, build: build, arena: newArena(), bySize: map[Size]*list.Element{}, recent: list.New()}
}

// Use calls f with the program of a size. Only one f of the set runs at a time,
// so that what it reads after its run is of that run. It must copy what it keeps,
// and not call Use of the same set.
func (p *Programs) Use(size Size, f func(prog *Program) error) error {
	prog, err := p.For(size)
	if err != nil {
		return err
	}
	p.using.Lock()
	defer p.using.Unlock()
	return f(prog)
}

// For returns the program of a size, made when it is asked for first. It is for
// one goroutine; [Programs.Use] is for several.
func (p *Programs) For(size Size) (*Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.bySize[size]; e != nil {
		p.recent.MoveToFront(e)
		return e.Value.(*sized).program, nil
	}
	g := New(p.store, p.mode)
	prog, err := p.build(g, size, func(loss *Node, fetch ...*Node) (*Program, error) {
		return g.compile(p.arena, loss, fetch)
	})
	if err != nil {
		return nil, errors.Wrap(err, size.String())
	}
	p.bySize[size] = p.recent.PushFront(&sized{size, prog})
	if p.recent.Len() > maxPrograms {
		last := p.recent.Back()
		p.recent.Remove(last)
		delete(p.bySize, last.Value.(*sized).size)
	}
	return prog, nil
}
