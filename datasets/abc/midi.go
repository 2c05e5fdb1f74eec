package abc

import (
	"io"

	"github.com/pkg/errors"
	"gitlab.com/gomidi/midi/v2"
	"gitlab.com/gomidi/midi/v2/smf"
)

// WriteMIDI writes the tune as a Standard MIDI File of one track, played as
// Played has it, by a piano.
func (t *Tune) WriteMIDI(w io.Writer) error {
	const channel, velocity, gap = 0, 90, Whole / 128 // a gap sets repeated notes apart
	var track smf.Track
	track.Add(0, smf.MetaTrackSequenceName(t.Title))
	tempo := t.Tempo
	if tempo == 0 {
		tempo = 120
	}
	track.Add(0, smf.MetaTempo(float64(tempo)))
	if m := t.Meter; m.Unit > 0 && m.Unit&(m.Unit-1) == 0 {
		track.Add(0, smf.MetaMeter(uint8(m.Beats), uint8(m.Unit)))
	}
	track.Add(0, smf.MetaKey(t.tonic(), !t.minor, uint8(max(t.sharps, -t.sharps)), t.sharps < 0))
	track.Add(0, midi.ProgramChange(channel, 0))
	wait := 0
	for _, n := range t.Played() {
		if len(n.Pitches) == 0 {
			wait += n.Length
			continue
		}
		for _, p := range n.Pitches {
			track.Add(uint32(wait), midi.NoteOn(channel, uint8(p), velocity))
			wait = 0
		}
		wait = max(n.Length-gap, n.Length/2)
		for _, p := range n.Pitches {
			track.Add(uint32(wait), midi.NoteOff(channel, uint8(p)))
			wait = 0
		}
		wait = n.Length - max(n.Length-gap, n.Length/2)
	}
	track.Close(uint32(wait))
	file := smf.New()
	file.TimeFormat = smf.MetricTicks(Whole / 4)
	if err := file.Add(track); err != nil {
		return errors.Wrap(err, "write MIDI")
	}
	_, err := file.WriteTo(w)
	return errors.Wrap(err, "write MIDI")
}

// tonic returns the pitch class of the key's tonic, 0 for C.
func (t *Tune) tonic() uint8 {
	major := ((7*t.sharps)%12 + 12) % 12
	if t.minor {
		major += 9
	}
	return uint8(major % 12)
}
