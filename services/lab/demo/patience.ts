/** What to multiply deadlines by: a guest (`test/lab/vm`) has one processor, and a slow one where it is emulated. */
export const patience = { uml: 4, qemu: 6 }[process.env["lab_engine"] ?? ""] ?? 1;
