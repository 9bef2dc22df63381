package polybolos.embedded.tests

import io.polybolos.Polybolos
import io.polybolos.embedded.NativeLibrary
import io.polybolos.embedded.Platform
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.jar.JarOutputStream
import java.util.zip.ZipEntry

/** How the library is found and loaded, each time in a JVM of its own. */
class LoaderTest {
    @TempDir
    private lateinit var temporary: Path

    @Test
    fun `the library comes from the class path, through a private folder`() {
        assertTrue("answer 42" in fromJar().output)
        val folder = privateFolder()
        if (OS.current() != OS.WINDOWS) assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        val (library) = list(folder).also { assertEquals(1, it.size) }
        assertTrue(Regex("[0-9a-f]{16}-${Regex.escape(Platform.FILE)}").matches(library.fileName.toString()), library.toString())
        assertEquals(-1, Files.mismatch(library, ChildJvm.libraryFile))
    }

    @Test
    fun `an extracted library is used again, and written again where it is damaged or gone`() {
        assertTrue("answer 42" in fromJar().output)
        val library = list(privateFolder()).single()
        val written = Files.getLastModifiedTime(library)
        assertTrue("answer 42" in fromJar().output)
        assertEquals(written, Files.getLastModifiedTime(library))
        Files.newByteChannel(library, java.nio.file.StandardOpenOption.WRITE).use { it.truncate(1_000) }
        assertTrue("answer 42" in fromJar().output)
        assertEquals(Files.size(ChildJvm.libraryFile), Files.size(library))
        Files.delete(library)
        assertTrue("answer 42" in fromJar().output)
        assertTrue(Files.exists(library))
    }

    @Test
    @EnabledOnOs(OS.LINUX, OS.MAC)
    fun `a folder that others may enter is not used`() {
        assertTrue("answer 42" in fromJar().output)
        val folder = privateFolder()
        Files.delete(list(folder).single())
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"))
        assertTrue("answer 42" in fromJar().output)
        assertEquals(emptyList<Path>(), list(folder))
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    fun `a file that is removed while it is used does no harm`() {
        val copy = Files.copy(ChildJvm.libraryFile, temporary.resolve(Platform.FILE))
        val child = ChildJvm.run(FileRemoved::class.java, listOf("-D${NativeLibrary.PATH_PROPERTY}=$copy"))
        assertTrue("answer 42" in child.output, child.output)
    }

    @Test
    fun `a file that is not there is told`() {
        val file = temporary.resolve(Platform.FILE)
        val child = ChildJvm.run(OneQuestion::class.java, listOf("-D${NativeLibrary.PATH_PROPERTY}=$file"))
        told(child, "UNSUPPORTED polybolos.native.path names $file, and there is no such file")
    }

    @Test
    fun `a file that is no library is told`() {
        val file = Files.writeString(temporary.resolve(Platform.FILE), "no library")
        val child = ChildJvm.run(OneQuestion::class.java, listOf("-D${NativeLibrary.PATH_PROPERTY}=$file"))
        told(child, "UNSUPPORTED the native library $file cannot be loaded: ")
    }

    @Test
    fun `a platform without a library is told, with those that have one`() {
        val child = ChildJvm.run(OneQuestion::class.java, listOf("-Dos.name=Plan 9", "-Dos.arch=mips"))
        told(child, "UNSUPPORTED the engine has no native library for plan_9-mips: native/plan_9-mips/${Platform.FILE} is not on the class path")
        told(child, "there are libraries for linux-x86_64, linux-aarch_64, osx-aarch_64, windows-x86_64")
    }

    @Test
    fun `a jar for the platform that is missing is told`() {
        val child = ChildJvm.run(OneQuestion::class.java)
        told(child, "is not on the class path; add io.polybolos:polybolos-embedded:${Polybolos.VERSION}:${Platform.current().classifier}")
    }

    @Test
    fun `a library of another version is told`() {
        val older = older("io/polybolos/embedded/NativeLibrary.class", "io/polybolos/Polybolos.class")
        told(fromJar(older), "two versions are on the class path: polybolos-embedded is 0.0.9 and the native library is ${Polybolos.VERSION}; found ")
    }

    @Test
    fun `a client of another version is told`() {
        val child = fromJar(older("io/polybolos/Polybolos.class"))
        told(child, "two versions are on the class path: polybolos-embedded is ${Polybolos.VERSION} and polybolos-client is 0.0.9; found ")
        told(child, "$temporary/older/io/polybolos/Polybolos.class")
        told(child, javaClass.classLoader.getResource("io/polybolos/Polybolos.class").toString())
    }

    @Test
    fun `of two jars of the client the first one counts - an older one behind ours does no harm, before ours both are told`() {
        val older = jar("polybolos-client-0.0.9.jar", older("io/polybolos/Polybolos.class"))
        assertTrue("answer 42" in fromJar(last = listOf(older)).output)
        val child = fromJar(older)
        told(child, "two versions are on the class path: polybolos-embedded is ${Polybolos.VERSION} and polybolos-client is 0.0.9; found ")
        told(child, "$older!/io/polybolos/Polybolos.class")
        told(child, javaClass.classLoader.getResource("io/polybolos/Polybolos.class").toString())
    }

    /** The files of a folder as a jar. */
    private fun jar(name: String, folder: Path): Path {
        val jar = temporary.resolve(name)
        JarOutputStream(Files.newOutputStream(jar)).use { out ->
            for (file in Files.walk(folder).use { files -> files.filter { Files.isRegularFile(it) }.toList() }) {
                out.putNextEntry(ZipEntry(folder.relativize(file).joinToString("/")))
                Files.copy(file, out)
            }
        }
        return jar
    }

    /** A folder with these classes as an older version has them: of that, they hold no more than its name. */
    private fun older(vararg classes: String): Path {
        val folder = temporary.resolve("older")
        for (name in classes) {
            val bytes = checkNotNull(javaClass.classLoader.getResourceAsStream(name)).use { it.readBytes() }
            val text = String(bytes, Charsets.ISO_8859_1)
            assertTrue(Polybolos.VERSION in text)
            val file = Files.createDirectories(folder.resolve(name).parent).resolve(Path.of(name).fileName)
            Files.write(file, text.replace(Polybolos.VERSION, "0.0.9").toByteArray(Charsets.ISO_8859_1))
        }
        return folder
    }

    private fun fromJar(vararg first: Path, last: List<Path> = emptyList()): ChildJvm =
        ChildJvm.run(OneQuestion::class.java, listOf("-Djava.io.tmpdir=$temporary"), listOf(*first, ChildJvm.nativeResources), last)

    private fun privateFolder(): Path = list(temporary).single { it.fileName.toString().startsWith("polybolos-native-") }

    private fun list(folder: Path): List<Path> = Files.list(folder).use { it.toList() }

    private fun told(child: ChildJvm, sentence: String) = assertTrue(sentence in child.output, child.output)
}
