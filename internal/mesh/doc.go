// Package mesh connects the parts of a mesh to a node: the link to the servers, the directory
// of nodes, and the drivers of daemons. A program or library that imports it lets its nodes join
// meshes. Without the build tag mesh it is empty.
package mesh
