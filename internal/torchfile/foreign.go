package torchfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// foreign is an object of a class that tensors do not need, such as an
// argparse.Namespace or a number of NumPy. It is passed over: nothing is built or
// run, and what it is made of is forgotten.
type foreign struct {
	class string
	// tensors says that it is made of tensors, which must not be lost unsaid.
	tensors bool
}

// The operations that make objects of a class, with those of sets.
const (
	opNewObj    = 0x81
	opEmptySet  = 0x8f
	opAddItems  = 0x90
	opFrozenSet = 0x91
	opNewObjEx  = 0x92
)

// dangerous reports whether a name is one that only a file made to do harm needs:
// a function that runs commands or code. It would not be run here, but the file is
// not to be trusted.
func dangerous(g global) bool {
	top, _, _ := strings.Cut(g.module, ".")
	switch top {
	case "builtins", "__builtin__":
		return slices.Contains([]string{"eval", "exec", "execfile", "compile", "open", "getattr", "setattr", "__import__", "apply", "input", "breakpoint"}, g.name)
	case "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "runpy", "importlib", "imp", "pty", "ctypes", "pickle", "_pickle", "cPickle", "marshal", "code", "webbrowser", "urllib", "requests", "commands", "platform", "asyncio", "multiprocessing", "bdb", "pdb", "timeit", "operator", "_operator":
		return true
	}
	return false
}

// object runs an operation that makes an object. ok is false for another
// operation.
func (m *machine) object(op byte) (ok bool, err error) {
	var parts []any
	switch op {
	case opNewObj:
		parts, err = m.popN(2)
	case opNewObjEx:
		parts, err = m.popN(3)
	case opEmptySet:
		m.push(&foreign{class: "set"})
		return true, nil
	case opAddItems:
		if parts, err = m.popMark(); err == nil {
			err = m.absorb(parts)
		}
		return true, err
	case opFrozenSet:
		if parts, err = m.popMark(); err == nil {
			m.push(&foreign{class: "frozenset", tensors: m.haveTensors(parts)})
		}
		return true, err
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	g, isClass := parts[0].(global)
	if !isClass {
		return true, errors.Wrapf(ErrFormat, "an object of a %s, expected a class", kind(parts[0]))
	}
	m.push(&foreign{class: g.String(), tensors: m.haveTensors(parts[1:])})
	return true, nil
}

// absorb gives the foreign object on top what belongs to it.
func (m *machine) absorb(parts []any) error {
	to, err := m.top()
	if err != nil {
		return err
	}
	f, ok := to.(*foreign)
	if !ok {
		return errors.Wrapf(ErrFormat, "items are added to a %s", kind(to))
	}
	f.tensors = f.tensors || m.haveTensors(parts)
	return nil
}

// build takes the state of the object on top: attributes of a container, such as
// _metadata of a state dict, or of a foreign object.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	to, err := m.top()
	if f, ok := to.(*foreign); ok {
		f.tensors = f.tensors || m.haveTensors([]any{state})
	}
	return err
}

// haveTensors reports whether there are tensors among values, or in containers
// among them two deep, as the parameters of a module are. A file that has it look
// through too many values is taken to have some.
func (m *machine) haveTensors(values []any) bool { return m.tensorsWithin(values, 2) }

// mostLooked is how many values of a file are looked through for tensors: more
// than any model has, and done in a moment.
const mostLooked = 1 << 22

func (m *machine) tensorsWithin(values []any, depth int) bool {
	for _, v := range values {
		if m.looked++; m.looked > mostLooked {
			return true
		}
		var inner []any
		switch v := v.(type) {
		case *tensor, *storage:
			return true
		case *foreign:
			if v.tensors {
				return true
			}
		case tuple:
			inner = v.items
		case *list:
			inner = v.items
		case *dict:
			inner = v.values
		}
		if depth > 0 && m.tensorsWithin(inner, depth-1) {
			return true
		}
	}
	return false
}

// refuse is the error for a file whose tensors lie in a foreign object.
func (f *foreign) refuse() error {
	return errors.Wrapf(ErrUnsafe, "the file holds a %s; expected only tensors and containers, as torch.save(model.state_dict(), …) writes", clip(f.class))
}

// passOver notes the objects beside the tensors, and returns an error where one
// of them has tensors that the state dict would lack.
func (f *File) passOver(d *dict, isStateDict bool) error {
	for i, v := range d.values {
		o, ok := v.(*foreign)
		if !ok {
			continue
		}
		if isStateDict && (o.tensors || strings.HasPrefix(o.class, "torch.")) {
			return errors.Wrap(o.refuse(), clip(fmt.Sprint(d.keys[i])))
		}
		f.passed = append(f.passed, fmt.Sprintf("%s (%s)", clip(fmt.Sprint(d.keys[i])), clip(o.class)))
	}
	return nil
}

// Passed returns the names of the objects beside the tensors that are passed
// over, with their classes, as in "args (argparse.Namespace)".
func (f *File) Passed() []string { return append([]string(nil), f.passed...) }

// refuseForeign returns an error for a file without tensors that holds a foreign
// object, in which they may be; nil where it holds none.
func refuseForeign(d *dict) error {
	var found *foreign
	for _, v := range d.values {
		if o, ok := v.(*foreign); ok && (found == nil || o.tensors && !found.tensors) {
			found = o
		}
	}
	if found == nil {
		return nil
	}
	return found.refuse()
}
