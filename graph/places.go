package graph

import (
	"reflect"
	"unsafe"

	"gorgonia.org/gorgonia"
)

// places keeps the index by which an expression graph finds a node from its
// number. Gorgonia fills it by searching all nodes for each number that it is
// asked for first, twice for each new node: time in the square of the nodes. Here
// each node is entered as it comes. Only the index is written to, and only what a
// search would find; see docs/decisions/008-graphs-in-linear-time.md.
type places struct {
	byID    map[int64]int
	asked   bool
	entered int
	last    *gorgonia.Node // entered last
}

// fill enters the nodes made since, and the one that will be made next.
func (p *places) fill(expr *gorgonia.ExprGraph) {
	if !p.asked {
		p.asked, p.byID = true, indexOf(expr)
	}
	if p.byID == nil {
		return
	}
	all := expr.AllNodes()
	if p.entered > 0 && (p.entered > len(all) || all[p.entered-1] != p.last) { // nodes were removed
		clear(p.byID)
		p.entered = 0
	}
	for ; p.entered < len(all); p.entered++ {
		p.last = all[p.entered]
		p.byID[p.last.ID()] = p.entered
	}
	if n := len(all); n == 0 || p.last.ID() == int64(n-1) { // numbered without gaps
		p.byID[int64(n)] = n
	}
}

// indexOf returns the field byID of an expression graph; nil, which costs only
// time, where Gorgonia has none of that type.
func indexOf(expr *gorgonia.ExprGraph) map[int64]int {
	f := reflect.ValueOf(expr).Elem().FieldByName("byID")
	if !f.IsValid() || f.Type() != reflect.TypeFor[map[int64]int]() {
		return nil
	}
	return *(*map[int64]int)(unsafe.Pointer(f.UnsafeAddr()))
}
