package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/pkg/errors"
)

// A record is
//
//	length uint64 | masked CRC of length uint32 | data | masked CRC of data uint32
//
// with little-endian numbers.
const (
	headSize = 12
	tailSize = 4
)

// checksum returns the masked CRC-32C of b: turned right by 15 bits plus a
// constant, so that data that holds checksums keeps its checksum telling.
func checksum(b []byte) uint32 {
	c := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (c>>15 | c<<17) + 0xa282ead8
}

// appendRecord appends data as a record.
func appendRecord(b, data []byte) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, checksum(b[at:]))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, checksum(data))
}

// errDamaged is the cause of the errors of nextRecord except io.EOF.
var errDamaged = errors.New("damaged record")

// nextRecord cuts the first record from b and returns it with its data. It
// returns io.EOF where b is empty.
func nextRecord(b []byte) (record, data, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, nil, io.EOF
	}
	if len(b) < headSize {
		return nil, nil, nil, errors.Wrapf(errDamaged, "%d bytes of a head of %d", len(b), headSize)
	}
	if checksum(b[:8]) != binary.LittleEndian.Uint32(b[8:]) {
		return nil, nil, nil, errors.Wrap(errDamaged, "wrong checksum of the length")
	}
	n := binary.LittleEndian.Uint64(b)
	if n > uint64(len(b)-headSize) || uint64(len(b)-headSize)-n < tailSize {
		return nil, nil, nil, errors.Wrapf(errDamaged, "%d bytes claimed, %d left", n, len(b)-headSize)
	}
	end := headSize + int(n)
	data = b[headSize:end]
	if checksum(data) != binary.LittleEndian.Uint32(b[end:]) {
		return nil, nil, nil, errors.Wrap(errDamaged, "wrong checksum of the data")
	}
	return b[:end+tailSize], data, b[end+tailSize:], nil
}
