package io.polybolos.embedded

import java.io.IOException
import java.net.URL
import java.nio.file.Files
import java.nio.file.LinkOption.NOFOLLOW_LINKS
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.attribute.FileAttribute
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions
import java.security.MessageDigest

/**
 * Where a library that lies in a jar becomes a file: a folder that nobody else can enter, below the one for temporary files.
 *
 * The file is named after its content, so that programs of one user share it and versions stay apart. A folder of that name which
 * somebody else made, or may enter, is not used: what lies there would be run.
 */
internal object PrivateFolder {
    private val ONLY_OWNER: Set<PosixFilePermission> = PosixFilePermissions.fromString("rwx------")

    /** The file with the content of [library]; it is written unless it is there. */
    fun keep(library: URL, name: String): Path = try {
        val content = digest(library)
        val file = folder().resolve("$content-$name")
        if (!isWhole(file, content)) write(library, file)
        file
    } catch (error: IOException) {
        throw Failures.unsupported("the native library $library cannot be written to a file to be loaded: $error", error)
    }

    private fun folder(): Path {
        val parent = Path.of(System.getProperty("java.io.tmpdir"))
        val shared = parent.resolve("polybolos-native-${System.getProperty("user.name").filter(Char::isLetterOrDigit)}")
        return if (isOurs(shared)) shared else Files.createTempDirectory(parent, "polybolos-native-", *onlyOwner(parent))
    }

    /** Whether the folder is there, or could be made, and belongs to this user alone. */
    private fun isOurs(folder: Path): Boolean {
        runCatching { Files.createDirectory(folder, *onlyOwner(folder.parent)) }
        if (!Files.isDirectory(folder, NOFOLLOW_LINKS)) return false
        if (!isPosix(folder)) return true
        val mine = Files.createTempFile("polybolos-", null).let { probe -> Files.getOwner(probe).also { Files.delete(probe) } }
        return Files.getOwner(folder, NOFOLLOW_LINKS) == mine && Files.getPosixFilePermissions(folder, NOFOLLOW_LINKS) == ONLY_OWNER
    }

    private fun onlyOwner(parent: Path): Array<FileAttribute<*>> =
        if (isPosix(parent)) arrayOf(PosixFilePermissions.asFileAttribute(ONLY_OWNER)) else emptyArray()

    private fun isPosix(folder: Path): Boolean = "posix" in folder.fileSystem.supportedFileAttributeViews()

    private fun digest(library: URL): String {
        val digest = MessageDigest.getInstance("SHA-256")
        open(library).use { input ->
            val buffer = ByteArray(1 shl 16)
            generateSequence { input.read(buffer).takeIf { it >= 0 } }.forEach { digest.update(buffer, 0, it) }
        }
        return digest.digest().take(8).joinToString("") { "%02x".format(it) }
    }

    /** Whether nothing was taken from the file since it was written. */
    private fun isWhole(file: Path, content: String): Boolean =
        Files.isRegularFile(file, NOFOLLOW_LINKS) && digest(file.toUri().toURL()) == content

    /** Writes beside and moves, so that nobody loads a part. */
    private fun write(library: URL, file: Path) {
        val part = Files.createTempFile(file.parent, "part-", null)
        try {
            open(library).use { Files.copy(it, part, REPLACE_EXISTING) }
            Files.move(part, file, ATOMIC_MOVE, REPLACE_EXISTING)
        } finally {
            Files.deleteIfExists(part)
        }
    }

    /** Without the cache of the JVM, which would keep the jar open. */
    private fun open(library: URL) = library.openConnection().apply { useCaches = false }.getInputStream()
}
