# Writes OUT, a C++ file that holds the text files of the list FILE_LIST (one path a line): the program carries what it writes into
# every generated design, and needs no source tree beside it.
file(STRINGS ${FILE_LIST} files)
set(text "#include \"rtl_gen/embedded.h\"\n\nnamespace psaflow {\n\nconst std::vector<EmbeddedFile>& ${FUNCTION}() {\n  static const std::vector<EmbeddedFile> files = {\n")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND text "{\"${name}\", R\"psaflow~(${content})psaflow~\"},\n")
endforeach()
string(APPEND text "  };\n  return files;\n}\n\n}  // namespace psaflow\n")
file(WRITE ${OUT} "${text}")
