package tensorboard

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// A message is built field by field in protocol buffers' wire format: a key,
// number·8 + type, then the value. Lengths, integers and keys are varints of
// seven bits a byte.
type message []byte

const (
	typeVarint = iota
	typeFixed64
	typeBytes
	_ // groups, which no message here has
	_
	typeFixed32
)

func (m *message) key(field, kind int) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|uint64(kind))
}

func (m *message) int(field int, v int64) {
	m.key(field, typeVarint)
	*m = binary.AppendUvarint(*m, uint64(v))
}

func (m *message) double(field int, v float64) {
	m.key(field, typeFixed64)
	*m = binary.LittleEndian.AppendUint64(*m, math.Float64bits(v))
}

func (m *message) float(field int, v float32) {
	m.key(field, typeFixed32)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(v))
}

func (m *message) bytes(field int, b []byte) {
	m.key(field, typeBytes)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// doubles appends a packed list.
func (m *message) doubles(field int, list []float64) {
	m.key(field, typeBytes)
	*m = binary.AppendUvarint(*m, uint64(8*len(list)))
	for _, v := range list {
		*m = binary.LittleEndian.AppendUint64(*m, math.Float64bits(v))
	}
}

// The fields of Event that are written.
const (
	eventTime    = 1 // double, seconds since 1970
	eventStep    = 2 // int64, missing where 0
	eventVersion = 3 // string, in the first event of a file
	eventSummary = 5
	eventSession = 7 // SessionLog{status: 1} where a run is taken up
)

// event is what Cut needs to know of an Event.
type event struct {
	step    int64
	version bool // it only opens a file
}

// parseEvent reads the fields of an Event that event has.
func parseEvent(b []byte) (e event, err error) {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			return e, errors.Wrap(errDamaged, "malformed key")
		}
		b = b[n:]
		var size uint64
		switch key & 7 {
		case typeVarint:
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return e, errors.Wrap(errDamaged, "malformed integer")
			}
			if key>>3 == eventStep {
				e.step = int64(v)
			}
			size = uint64(n)
		case typeFixed64:
			size = 8
		case typeFixed32:
			size = 4
		case typeBytes:
			v, n := binary.Uvarint(b)
			if n <= 0 {
				return e, errors.Wrap(errDamaged, "malformed length")
			}
			if key>>3 == eventVersion {
				e.version = true
			}
			b, size = b[n:], v
		default:
			return e, errors.Wrapf(errDamaged, "field of type %d", key&7)
		}
		if size > uint64(len(b)) {
			return e, errors.Wrapf(errDamaged, "a field of %d bytes, %d left", size, len(b))
		}
		b = b[size:]
	}
	return e, nil
}
