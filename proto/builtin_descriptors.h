/* SPDX-License-Identifier: Apache-2.0
 *
 * builtin_descriptors.h — serialized FileDescriptorSets that the programs carry.
 */
#ifndef TCK_BUILTIN_DESCRIPTORS_H
#define TCK_BUILTIN_DESCRIPTORS_H

#include <stddef.h>

/* google/protobuf/…: descriptor.proto and the well-known types (library tck_proto_google). */
extern const unsigned char tck_wellknown_descriptors[];
extern const size_t tck_wellknown_descriptors_size;

/* The Cloudstate protocol, the TCK models, google/api and all they import (library tck_proto). */
extern const unsigned char tck_builtin_descriptors[];
extern const size_t tck_builtin_descriptors_size;

/* Services that no user function declares, of which the kit tells proxies: tck/odd, and all they import (library tck_proto). */
extern const unsigned char tck_odd_descriptors[];
extern const size_t tck_odd_descriptors_size;

/* gRPC's own services, health and reflection (library tck_proto_grpc). */
extern const unsigned char tck_grpc_descriptors[];
extern const size_t tck_grpc_descriptors_size;

#endif
