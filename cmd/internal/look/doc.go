// Package look holds the commands that show what is there: models, their
// layers, data sets, the machine.
package look
