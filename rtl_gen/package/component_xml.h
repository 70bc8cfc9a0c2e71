// component.xml: the IP in IP-XACT, in the two dialects that tools take.
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"
#include "rtl_gen/package/ip.h"

namespace psaflow::ip {

enum class IpXact {
  k2009,  // IEEE 1685-2009 with the bus definitions of Vivado, which reads and writes this one
  k2014,  // IEEE 1685-2014 with those of Arm
};

// `files`: of the IP, names relative to the folder where the XML will lie.
std::string component_xml(IpXact dialect, const Core& core, const std::vector<TextFile>& files);

}  // namespace psaflow::ip
