package torchfile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// The values of the machine are nil, bool, int64, float64, string, []byte,
// *big.Int (of more than 64 bits), tuple, *list, *dict, global, *storage, *tensor
// and *foreign.
type (
	// tuple counts how deep the tuples in it go.
	tuple struct {
		items []any
		depth int
	}
	list struct{ items []any }
	// dict keeps its entries in order; a later entry of an equal key counts.
	dict   struct{ keys, values []any }
	global struct{ module, name string }
	mark   struct{}
)

func (d *dict) get(key string) (any, bool) {
	for i := len(d.keys) - 1; i >= 0; i-- {
		if d.keys[i] == any(key) {
			return d.values[i], true
		}
	}
	return nil, false
}

func (g global) String() string { return g.module + "." + g.name }

// The operations of the machine, those of protocols 2 to 5 that build data.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opBinFloat       = 'G'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opBinInt2        = 'M'
	opNone           = 'N'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opBinString      = 'T'
	opShortBinString = 'U'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opAppends        = 'e'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opList           = 'l'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opSetItems       = 'u'
	opEmptyDict      = '}'
	opEmptyList      = ']'
	opEmptyTuple     = ')'
	opBinBytes       = 'B'
	opShortBinBytes  = 'C'
	opProto          = 0x80
	opTuple1         = 0x85
	opTuple2         = 0x86
	opTuple3         = 0x87
	opNewTrue        = 0x88
	opNewFalse       = 0x89
	opLong1          = 0x8a
	opShortUnicode   = 0x8c
	opBinUnicode8    = 0x8d
	opStackGlobal    = 0x93
	opMemoize        = 0x94
	opFrame          = 0x95
)

const (
	// maxValues is the most values and notes that a pickle may make: a state dict
	// makes about thirty a tensor. Each takes up to 100 bytes here, a byte there.
	maxValues = 2 << 20
	// maxDepth is the most tuples within each other: shapes are one deep, the
	// names of storages too.
	maxDepth = 32
)

// machine runs one pickle.
type machine struct {
	r      *bufio.Reader
	left   int64 // bytes that the pickle may still have
	made   int   // values and notes so far
	looked int   // values that were looked through for tensors
	stack  []any
	memo   map[uint32]any
	// storage gives the storage of a persistent name.
	storage func(id []any) (*storage, error)
}

// unpickle runs the pickle that r begins with, of at most limit bytes.
func unpickle(r *bufio.Reader, limit int64, storage func(id []any) (*storage, error)) (any, error) {
	m := &machine{r: r, left: limit, memo: map[uint32]any{}, storage: storage}
	for {
		// An operation makes one value or one note at most.
		if m.made++; m.made > maxValues {
			return nil, errors.Wrapf(ErrFormat, "a pickle of more than %d operations", maxValues)
		}
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			return m.pop()
		}
		if err := m.step(op); err != nil {
			return nil, err
		}
	}
}

func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && (v < 2 || v > 5) {
			err = errors.Wrapf(ErrFormat, "pickle of protocol %d, expected 2 to 5", v)
		}
		return err
	case opFrame:
		_, err := m.bytes(8)
		return err
	case opMark:
		m.push(mark{})
	case opPop:
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.top()
		if err == nil {
			m.push(v)
		}
		return err
	case opNone:
		m.push(nil)
	case opNewTrue, opNewFalse:
		m.push(op == opNewTrue)
	case opEmptyDict:
		m.push(&dict{})
	case opEmptyList:
		m.push(&list{})
	case opEmptyTuple:
		m.push(tuple{depth: 1})
	case opBinInt, opBinInt1, opBinInt2, opLong1, opBinFloat:
		return m.number(op)
	case opBinString, opShortBinString, opBinUnicode, opShortUnicode, opBinUnicode8, opBinBytes, opShortBinBytes:
		return m.text(op)
	case opTuple, opTuple1, opTuple2, opTuple3, opList, opDict:
		return m.collect(op)
	case opAppend, opAppends, opSetItem, opSetItems:
		return m.extend(op)
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return m.remember(op)
	case opGlobal, opStackGlobal:
		return m.name(op)
	case opBinPersID:
		return m.persistent()
	case opReduce:
		return m.reduce()
	case opBuild:
		return m.build()
	default:
		if ok, err := m.object(op); ok {
			return err
		}
		return errors.Wrapf(ErrUnsafe, "pickle operation %q, which builds no data", rune(op))
	}
	return nil
}

func (m *machine) number(op byte) error {
	width := map[byte]int{opBinInt: 4, opBinInt1: 1, opBinInt2: 2, opLong1: 1, opBinFloat: 8}[op]
	b, err := m.bytes(width)
	if err != nil {
		return err
	}
	switch op {
	case opBinInt:
		m.push(int64(int32(binary.LittleEndian.Uint32(b))))
	case opBinInt1:
		m.push(int64(b[0]))
	case opBinInt2:
		m.push(int64(binary.LittleEndian.Uint16(b)))
	case opBinFloat:
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case opLong1:
		if b, err = m.bytes(int(b[0])); err != nil {
			return err
		}
		m.push(long(b))
	}
	return nil
}

// long returns the number of a little-endian two's complement: an int64 where
// it fits, else a *big.Int.
func long(b []byte) any {
	n := new(big.Int)
	for i := len(b) - 1; i >= 0; i-- {
		n.Or(n.Lsh(n, 8), big.NewInt(int64(b[i])))
	}
	if len(b) > 0 && b[len(b)-1]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

func (m *machine) text(op byte) error {
	width := map[byte]int{opBinString: 4, opShortBinString: 1, opBinUnicode: 4, opShortUnicode: 1, opBinUnicode8: 8, opBinBytes: 4, opShortBinBytes: 1}[op]
	b, err := m.bytes(width)
	if err != nil {
		return err
	}
	var whole [8]byte
	copy(whole[:], b)
	n := binary.LittleEndian.Uint64(whole[:])
	if n > uint64(m.left) {
		return errors.Wrapf(ErrTruncated, "a text of %d bytes, %d are left", n, m.left)
	}
	if b, err = m.bytes(int(n)); err != nil {
		return err
	}
	if op == opBinBytes || op == opShortBinBytes {
		m.push(b)
	} else {
		m.push(string(b))
	}
	return nil
}

// collect makes a container of the values on the stack.
func (m *machine) collect(op byte) error {
	var items []any
	var err error
	switch op {
	case opTuple1, opTuple2, opTuple3:
		n := int(op-opTuple1) + 1
		if items, err = m.popN(n); err != nil {
			return err
		}
		return m.tuple(items)
	}
	if items, err = m.popMark(); err != nil {
		return err
	}
	switch op {
	case opTuple:
		return m.tuple(items)
	case opList:
		m.push(&list{items})
	default:
		d := &dict{}
		m.push(d)
		return d.set(items)
	}
	return nil
}

// tuple pushes a tuple of items, unless it is nested too deep.
func (m *machine) tuple(items []any) error {
	depth := 0
	for _, v := range items {
		if t, ok := v.(tuple); ok {
			depth = max(depth, t.depth)
		}
	}
	if depth == maxDepth {
		return errors.Wrapf(ErrFormat, "more than %d tuples within each other", maxDepth)
	}
	m.push(tuple{items, depth + 1})
	return nil
}

// extend adds the values on the stack to the container below them.
func (m *machine) extend(op byte) error {
	var items []any
	var err error
	switch op {
	case opAppend:
		items, err = m.popN(1)
	case opSetItem:
		items, err = m.popN(2)
	default:
		items, err = m.popMark()
	}
	if err != nil {
		return err
	}
	to, err := m.top()
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *list:
		if op == opAppend || op == opAppends {
			to.items = append(to.items, items...)
			return nil
		}
	case *dict:
		if op == opSetItem || op == opSetItems {
			return to.set(items)
		}
	case *foreign: // a list or dict of a class of its own
		return m.absorb(items)
	}
	return errors.Wrapf(ErrFormat, "items are added to a %s", kind(to))
}

// set adds keys and values in turn.
func (d *dict) set(items []any) error {
	if len(items)%2 != 0 {
		return errors.Wrap(ErrFormat, "a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		switch items[i].(type) {
		case nil, bool, int64, float64, string, tuple, *foreign:
		default:
			return errors.Wrapf(ErrFormat, "a %s is a key", kind(items[i]))
		}
		// A tuple is no key of a state dict, and Go cannot compare it; nor is an
		// object.
		switch items[i].(type) {
		case tuple, *foreign:
		default:
			d.keys, d.values = append(d.keys, items[i]), append(d.values, items[i+1])
		}
	}
	return nil
}

// remember stores the value on top, or gives a stored one.
func (m *machine) remember(op byte) error {
	at := uint32(len(m.memo))
	switch op {
	case opBinPut, opBinGet:
		b, err := m.byte()
		if err != nil {
			return err
		}
		at = uint32(b)
	case opLongBinPut, opLongBinGet:
		b, err := m.bytes(4)
		if err != nil {
			return err
		}
		at = binary.LittleEndian.Uint32(b)
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[at]
		if !ok {
			return errors.Wrapf(ErrFormat, "value %d is used before it is stored", at)
		}
		m.push(v)
		return nil
	}
	v, err := m.top()
	if err == nil {
		m.memo[at] = v
	}
	return err
}

// name pushes a name of Python. What is made of one that tensors do not need is
// foreign.
func (m *machine) name(op byte) error {
	var g global
	if op == opGlobal {
		for _, part := range []*string{&g.module, &g.name} {
			line, err := m.line()
			if err != nil {
				return err
			}
			*part = line
		}
	} else {
		pair, err := m.popN(2)
		if err != nil {
			return err
		}
		module, ok1 := pair[0].(string)
		name, ok2 := pair[1].(string)
		if !ok1 || !ok2 {
			return errors.Wrapf(ErrFormat, "a name of %s and %s, expected texts", kind(pair[0]), kind(pair[1]))
		}
		g = global{module, name}
	}
	if dangerous(g) {
		return errors.Wrapf(ErrUnsafe, "the file calls %s, which is no part of weights; expected only tensors and containers", kind(g))
	}
	m.push(g)
	return nil
}

func (m *machine) persistent() error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	id, ok := v.(tuple)
	if !ok {
		return errors.Wrapf(ErrFormat, "the name of a storage is a %s, expected a tuple", kind(v))
	}
	if m.storage == nil {
		return errors.Wrap(ErrFormat, "a storage in a part that has none")
	}
	s, err := m.storage(id.items)
	if err == nil {
		m.push(s)
	}
	return err
}

// reduce calls one of the known functions; of others it makes a foreign object.
func (m *machine) reduce() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	g, ok1 := pair[0].(global)
	args, ok2 := pair[1].(tuple)
	if !ok1 || !ok2 {
		return errors.Wrapf(ErrFormat, "a call of a %s with a %s", kind(pair[0]), kind(pair[1]))
	}
	if !known(g) {
		m.push(&foreign{class: g.String(), tensors: m.haveTensors(args.items)})
		return nil
	}
	v, err := call(g, args)
	if err == nil {
		m.push(v)
	}
	return err
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

func (m *machine) top() (any, error) {
	if len(m.stack) == 0 {
		return nil, errors.Wrap(ErrFormat, "a pickle takes more values than it made")
	}
	return m.stack[len(m.stack)-1], nil
}

func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

func (m *machine) popN(n int) ([]any, error) {
	if len(m.stack) < n {
		return nil, errors.Wrap(ErrFormat, "a pickle takes more values than it made")
	}
	items := append([]any(nil), m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return items, nil
}

// popMark takes the values above the last mark, which goes too.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == any(mark{}) {
			items := append([]any(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, errors.Wrap(ErrFormat, "a pickle ends a group that it did not begin")
}

func (m *machine) byte() (byte, error) {
	if m.left < 1 {
		return 0, errors.Wrap(ErrTruncated, "0 bytes are left, expected 1")
	}
	m.left--
	b, err := m.r.ReadByte()
	return b, short(err, "pickle")
}

func (m *machine) bytes(n int) ([]byte, error) {
	if int64(n) > m.left {
		return nil, errors.Wrapf(ErrTruncated, "%d bytes are left, expected %d", m.left, n)
	}
	m.left -= int64(n)
	b := make([]byte, n)
	_, err := io.ReadFull(m.r, b)
	return b, short(err, "pickle")
}

// longestName is more than the name of any function that tensors need.
const longestName = 200

// line reads up to a line's end.
func (m *machine) line() (string, error) {
	var s []byte
	for len(s) <= longestName {
		b, err := m.byte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return string(s), nil
		}
		s = append(s, b)
	}
	return "", errors.Wrapf(ErrFormat, "a name longer than %d bytes", longestName)
}

// kind names the type of a value, as Python does. Values themselves stay out of
// messages, or go through brief: a few bytes of a file can make one whose text
// fills any memory.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case tuple:
		return "tuple"
	case *list:
		return "list"
	case *dict:
		return "dict"
	case *tensor:
		return "tensor"
	case *storage:
		return "storage"
	case global:
		return clip(v.String())
	case *foreign:
		return clip(v.class)
	}
	return "mark"
}

// brief is a value in a message: a number or the beginning of a text, and the
// kind of anything else.
func brief(v any) string {
	switch v := v.(type) {
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		return strconv.Quote(clip(v))
	}
	return "a " + kind(v)
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
