package graph

import (
	"slices"
	"time"
)

// Time is what one operation of a program took.
type Time struct {
	Operation string // with its operands
	Time      time.Duration
}

// Profile makes the runs that follow measure the time of each operation, from
// zero; with on false they no longer do.
func (p *Program) Profile(on bool) {
	if !p.made() {
		return
	}
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	p.times = nil
	if on {
		p.times = make([]time.Duration, len(p.plan.tasks))
	}
}

// Times returns what each operation took since Profile, the longest first.
func (p *Program) Times() []Time {
	if !p.made() {
		return nil
	}
	p.arena.mu.Lock()
	defer p.arena.mu.Unlock()
	var list []Time
	for i, d := range p.times {
		list = append(list, Time{p.signature(p.plan.tasks[i]), d})
	}
	slices.SortStableFunc(list, func(a, b Time) int { return int(b.Time - a.Time) })
	return list
}
