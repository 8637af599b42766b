// Package meshos is the SDK of MeshOS daemons for Go programs, and all that
// decides behind the C library libnet_meshos.
//
// Start starts a supervisor, Register puts a daemon under it. A daemon is any
// value; what it implements of ControlReceiver, HealthReporter and
// SaturationReporter the supervisor calls. A daemon's methods never run at the
// same time as one another, so they need no lock among themselves.
//
//	sdk, err := meshos.Start(meshos.Config{})
//	handle, err := sdk.Register("telemetry", seed, myDaemon)
//	event, ok := handle.NextControl(ctx)
//	err = handle.GracefulShutdown(0)
//	handle.Close()
//	err = sdk.Shutdown()
//
// Every error is an *Error with a Kind. All methods are safe from any goroutine.
package meshos
