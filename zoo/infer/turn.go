package infer

import (
	"context"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
)

// turn lets one caller after another compute.
type turn struct {
	free   chan struct{} // holds one token while nobody computes
	closed chan struct{}
}

func newTurn() *turn {
	t := &turn{free: make(chan struct{}, 1), closed: make(chan struct{})}
	t.free <- struct{}{}
	return t
}

// take waits until the caller may compute; done lets the next one.
func (t *turn) take(ctx context.Context) (done func(), err error) {
	select {
	case <-t.closed:
		return nil, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.closed:
		return nil, ErrClosed
	}
}

// close refuses those who come later and waits for the one who computes.
func (t *turn) close() {
	select {
	case <-t.closed:
		return
	default:
	}
	<-t.free
	select {
	case <-t.closed:
	default:
		close(t.closed)
	}
	t.free <- struct{}{}
}

// engine runs the graphs of a model, one for each size, for one caller at a time.
type engine struct {
	turn     *turn
	programs *graph.Programs
}

// engineOf returns an engine for graphs that build makes in evaluation mode.
func (m *Model) engineOf(build graph.Build) *engine {
	return &engine{turn: m.turn, programs: graph.NewPrograms(m.store, graph.Eval, build)}
}

// run feeds the program of that size, runs it, and lets take copy its outputs.
func (e *engine) run(ctx context.Context, size graph.Size, feeds func(*graph.Program) []graph.Feed, take func(*graph.Program)) error {
	done, err := e.turn.take(ctx)
	if err != nil {
		return err
	}
	defer done()
	return e.programs.Use(size, func(p *graph.Program) error {
		if err := p.Run(feeds(p)...); err != nil {
			return errors.Wrap(err, size.String())
		}
		take(p)
		return nil
	})
}
