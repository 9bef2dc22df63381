package io.polybolos.embedded

/** A kind of machine, named as the classifiers of our jars are: `linux-x86_64`. */
internal class Platform(osName: String, osArch: String) {
    val classifier: String = "${system(osName)}-${processor(osArch)}"

    /** Where on the class path the library of this platform is. */
    val resource: String = "native/$classifier/$FILE"

    private fun system(name: String): String = when {
        name.startsWith("Linux", ignoreCase = true) -> "linux"
        name.startsWith("Mac", ignoreCase = true) -> "osx"
        name.startsWith("Windows", ignoreCase = true) -> "windows"
        else -> name.lowercase().replace(' ', '_')
    }

    private fun processor(name: String): String = when (name.lowercase()) {
        "amd64", "x86_64" -> "x86_64"
        "aarch64", "arm64" -> "aarch_64"
        else -> name.lowercase()
    }

    companion object {
        /** The name of the library, as this operating system has it. */
        val FILE: String = System.mapLibraryName("polybolos_jvm")

        /** The platforms that there are jars for. */
        val SUPPORTED: List<String> = listOf("linux-x86_64", "linux-aarch_64", "osx-aarch_64", "windows-x86_64")

        /** The one that this JVM says it runs on. */
        fun current(): Platform = Platform(System.getProperty("os.name"), System.getProperty("os.arch"))
    }
}
