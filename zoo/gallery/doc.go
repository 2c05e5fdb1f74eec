// Package gallery is a database of embeddings with the names of whom they show.
//
//	g := gallery.New(64, "model of this run")
//	err := g.Enroll("s31", embedding)
//	answers, err := g.Identify(query, 0.4) // the nearest person, or unknown
//	err = g.Save("gallery.safetensors")
//
// Below it is an [Index], which finds the nearest of many embeddings exactly: it
// multiplies blocks of them by all queries at once.
//
// Source: cheatsheet §1.6.1 (face recognition, one to K).
package gallery
