# The drawing of the house: which rooms each room may include besides itself, and where each library of others may be named.
# Link lines (toyfarm_add_room), the order of folders and cmake/check_layers.cmake follow it. A room stands here before its folder is made.
include_guard()

# house_room(<name> [<rooms it may include>]): lower rooms first.
macro(house_room name)
  list(APPEND house_rooms ${name})
  set(house_may_include_${name} ${ARGN})
endmacro()

house_room(core)
house_room(os core)
house_room(kernels)
house_room(spec core os)
house_room(cells core kernels)
house_room(formula core kernels)
house_room(hs3 core spec formula)
house_room(model core kernels spec cells formula)
house_room(toys core kernels cells model)
house_room(fit core kernels cells model)
house_room(record core)
house_room(study core kernels spec cells model toys fit record)
house_room(ensemble core record)
house_room(inference core record ensemble)
house_room(io core os spec record ensemble)
house_room(hosts core os)
house_room(parallel core os record hosts)
house_room(report core record ensemble inference)
house_room(run core os kernels spec cells hs3 model toys fit record study ensemble inference io hosts parallel report)
house_room(batch core os spec record ensemble inference io hosts report run)
house_room(app ${house_rooms})

# house_library(<name> HEADERS <beginnings of included paths> [PRAGMA <word>] [IN <rooms, or beginnings of room/file>])
macro(house_library name)
  list(APPEND house_libraries ${name})
  cmake_parse_arguments(house_library_${name} "" "PRAGMA" "HEADERS;IN" ${ARGN})
endmacro()

house_library(OpenMP HEADERS omp.h PRAGMA omp IN core/thread_team.)
house_library(spdlog HEADERS spdlog/ IN core/log.)
house_library(fmt HEADERS fmt/ IN report run batch app)  # tables and messages; elsewhere strings are put together
house_library(OpenSSL HEADERS openssl/ IN core/sha256.)
house_library(Highway HEADERS hwy/ IN kernels)
house_library(Eigen HEADERS Eigen/ unsupported/Eigen/ IN model fit study)
house_library(yaml-cpp HEADERS yaml-cpp/ IN spec/node_yaml.)
house_library(nlohmann HEADERS nlohmann/ IN spec/node_json. io run batch app)
house_library(HDF5 HEADERS hdf5.h hdf5_hl.h H5 IN io)
house_library(Arrow HEADERS arrow/ parquet/ IN io)
house_library(Boost.CRC HEADERS boost/crc IN io/journal_frame.)
house_library(Boost.Math HEADERS boost/math IN inference)
house_library(Boost.MPI HEADERS boost/mpi boost/serialization IN parallel)
house_library(MPI HEADERS mpi.h mpi- IN parallel)
house_library(hwloc HEADERS hwloc.h hwloc/ IN parallel)
house_library(CLI11 HEADERS CLI/ IN app/cli)  # seconds to compile
house_library(libcerf HEADERS cerf.h)  # in a test only

# Headers of the system, besides those of standard C++.
set(house_system_headers
  arpa/ net/ netinet/ sys/ dirent.h dlfcn.h fcntl.h fnmatch.h glob.h ifaddrs.h netdb.h poll.h pthread.h pwd.h sched.h signal.h spawn.h syslog.h termios.h
  time.h unistd.h)
