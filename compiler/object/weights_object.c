/* weights_object.c - packed weights become an object file: one section of constants and the symbol of its beginning. It is
 * written directly, so that a hundred megabytes pass through neither LLVM nor an assembler.
 *
 * The format: System V Application Binary Interface, Edition 4.1, chapter 4, "Object Files". */
#include "object.h"

#include "../../runtime/senrt_abi.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

enum section {
    SECTION_NONE,
    SECTION_WEIGHTS,
    SECTION_NO_STACK, /* says that the stack need not be executable */
    SECTION_SYMBOLS,
    SECTION_SYMBOL_NAMES,
    SECTION_NAMES,
    SECTION_COUNT
};

/* What the file begins with. */
struct beginning {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTION_COUNT];
    Elf64_Sym symbols[2];
};

/* Appends a name and its final 0; returns where it begins. */
static Elf64_Word add_name(struct text *names, const char *name) {
    size_t at = names->length;
    text_add_bytes(names, name, strlen(name) + 1);
    return (Elf64_Word)at;
}

static void fill_header(Elf64_Ehdr *header) {
    memcpy(header->e_ident, ELFMAG, SELFMAG);
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_ident[EI_DATA] = ELFDATA2LSB;
    header->e_ident[EI_VERSION] = EV_CURRENT;
    header->e_type = ET_REL;
    header->e_machine = EM_X86_64;
    header->e_version = EV_CURRENT;
    header->e_shoff = offsetof(struct beginning, sections);
    header->e_ehsize = sizeof(Elf64_Ehdr);
    header->e_shentsize = sizeof(Elf64_Shdr);
    header->e_shnum = SECTION_COUNT;
    header->e_shstrndx = SECTION_NAMES;
}

static void fill_symbol(Elf64_Sym *symbol, Elf64_Word name, size_t size_bytes) {
    symbol->st_name = name;
    symbol->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    symbol->st_other = STV_HIDDEN;
    symbol->st_shndx = SECTION_WEIGHTS;
    symbol->st_size = size_bytes;
}

/* Where everything lies: the beginning, both tables of names, the weights. */
static void fill_sections(struct beginning *beginning, struct text *names, const struct text *symbol_names,
                          const char *symbol, size_t size_bytes) {
    Elf64_Shdr *sections = beginning->sections;
    sections[SECTION_WEIGHTS].sh_name = add_name(names, ".rodata.");
    names->length--; /* the symbol's name goes on */
    add_name(names, symbol);
    sections[SECTION_NO_STACK].sh_name = add_name(names, ".note.GNU-stack");
    sections[SECTION_SYMBOLS].sh_name = add_name(names, ".symtab");
    sections[SECTION_SYMBOL_NAMES].sh_name = add_name(names, ".strtab");
    sections[SECTION_NAMES].sh_name = add_name(names, ".shstrtab");
    for (int i = SECTION_WEIGHTS; i < SECTION_COUNT; i++) sections[i].sh_type = SHT_PROGBITS, sections[i].sh_addralign = 1;

    sections[SECTION_SYMBOLS].sh_type = SHT_SYMTAB;
    sections[SECTION_SYMBOLS].sh_offset = offsetof(struct beginning, symbols);
    sections[SECTION_SYMBOLS].sh_size = sizeof beginning->symbols;
    sections[SECTION_SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
    sections[SECTION_SYMBOLS].sh_link = SECTION_SYMBOL_NAMES;
    sections[SECTION_SYMBOLS].sh_info = 1; /* the first symbol that is not local */
    sections[SECTION_SYMBOLS].sh_addralign = 8;
    sections[SECTION_SYMBOL_NAMES].sh_type = sections[SECTION_NAMES].sh_type = SHT_STRTAB;
    sections[SECTION_SYMBOL_NAMES].sh_offset = sizeof *beginning;
    sections[SECTION_SYMBOL_NAMES].sh_size = symbol_names->length;
    sections[SECTION_NAMES].sh_offset = sizeof *beginning + symbol_names->length;
    sections[SECTION_NAMES].sh_size = names->length;
    size_t end = sections[SECTION_NAMES].sh_offset + names->length;
    sections[SECTION_WEIGHTS].sh_flags = SHF_ALLOC;
    sections[SECTION_WEIGHTS].sh_offset = (end + SENRT_ALIGNMENT - 1) / SENRT_ALIGNMENT * SENRT_ALIGNMENT;
    sections[SECTION_WEIGHTS].sh_size = size_bytes;
    sections[SECTION_WEIGHTS].sh_addralign = SENRT_ALIGNMENT;
    sections[SECTION_NO_STACK].sh_offset = end;
}

bool object_write_weights(const char *symbol, const void *bytes, size_t size_bytes, struct output *output,
                          struct diag *diag) {
    static const char padding[SENRT_ALIGNMENT];
    struct arena *arena = arena_create();
    struct text names = text_create(arena), symbol_names = text_create(arena);
    struct beginning beginning = {0};
    add_name(&names, "");
    add_name(&symbol_names, "");
    fill_header(&beginning.header);
    fill_symbol(&beginning.symbols[1], add_name(&symbol_names, symbol), size_bytes);
    fill_sections(&beginning, &names, &symbol_names, symbol, size_bytes);
    size_t end = sizeof beginning + symbol_names.length + names.length;
    const struct output_piece pieces[] = {{&beginning, sizeof beginning},
                                          {symbol_names.bytes, symbol_names.length},
                                          {names.bytes, names.length},
                                          {padding, beginning.sections[SECTION_WEIGHTS].sh_offset - end},
                                          {bytes, size_bytes}};
    bool is_written = output_write_pieces(output, pieces, sizeof pieces / sizeof *pieces, diag);
    arena_destroy(arena);
    return is_written;
}
