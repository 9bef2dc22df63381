package polybolos.guide

import io.polybolos.Polybolos
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.lang.reflect.Executable
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.net.URI
import java.nio.file.FileSystems
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.isDirectory
import kotlin.io.path.walk
import kotlin.metadata.Visibility
import kotlin.metadata.jvm.KotlinClassMetadata
import kotlin.metadata.visibility

/** Java and Scala see no type of Kotlin in the signatures of the client, and no name that they cannot write. */
class SignaturesTest {
    private val classes = classNames().map { Class.forName(it, false, javaClass.classLoader) }.filter(::isPublic)

    @Test
    fun `signatures hold no types of Kotlin`() {
        assertTrue(classes.size > 50, classes.toString())
        val kotlin = executables().filter { member -> "kotlin" in member.toGenericString().replace(member.declaringClass.name, "") }
        assertEquals(emptyList<String>(), kotlin.map(Executable::toGenericString))
    }

    @Test
    fun `names are no words of Java`() {
        assertEquals(emptyList<String>(), executables().filter { it.name in WORDS }.map(Executable::toGenericString))
    }

    /** What a Java program may call: public, not made by the compiler, not internal. */
    private fun executables(): List<Executable> = classes.flatMap { type -> type.declaredMethods.asList() + type.declaredConstructors }
        .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && '$' !in it.name }
        .filterNot { it is Method && it.name == "getEntries" && it.declaringClass.isEnum }

    private fun isPublic(type: Class<*>): Boolean {
        if (!Modifier.isPublic(type.modifiers) || type.isSynthetic || type.isAnonymousClass) return false
        val outer = type.enclosingClass
        return (outer == null || isPublic(outer)) && isPublicInKotlin(type)
    }

    private fun isPublicInKotlin(type: Class<*>): Boolean = when (val described = type.getAnnotation(Metadata::class.java)?.let(KotlinClassMetadata::readLenient)) {
        is KotlinClassMetadata.Class -> described.kmClass.visibility == Visibility.PUBLIC
        is KotlinClassMetadata.FileFacade -> described.kmPackage.functions.any { it.visibility == Visibility.PUBLIC }
        else -> false
    }

    /** All classes of the client but those that protobuf made, from a folder or a jar. */
    private fun classNames(): List<String> {
        val place = Path.of(URI(Polybolos::class.java.protectionDomain.codeSource.location.toString()))
        if (place.isDirectory()) return classNames(place)
        return FileSystems.newFileSystem(place).use { classNames(it.getPath("/")) }
    }

    private fun classNames(root: Path): List<String> = root.walk().filter { it.extension == "class" && "v1" !in it.map(Path::toString) }
        .map { root.relativize(it).toString().removeSuffix(".class").replace('/', '.') }.filter { it.startsWith("io.polybolos.") }.toList()

    private companion object {
        /** Those that a function could be called. */
        val WORDS = setOf(
            "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue", "default", "do", "double",
            "else", "enum", "extends", "final", "finally", "float", "for", "goto", "if", "implements", "import", "instanceof", "int", "interface",
            "long", "native", "new", "package", "private", "protected", "public", "return", "short", "static", "strictfp", "super", "switch",
            "synchronized", "this", "throw", "throws", "transient", "try", "void", "volatile", "while", "true", "false", "null",
        )
    }
}
