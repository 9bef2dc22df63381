/*
 * Classes whose objects are rows: data classes, records and other classes that are made of the parameters of one constructor.
 *
 * A Kotlin class says in its metadata which types may be null and which parameters have defaults; a record says its components; any
 * other class has one public constructor, compiled with the names of its parameters (javac's `-parameters`, always in Scala).
 */
package io.polybolos

import java.lang.invoke.MethodType
import java.lang.reflect.AccessibleObject
import java.lang.reflect.Constructor
import java.lang.reflect.GenericArrayType
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.lang.reflect.TypeVariable
import java.lang.reflect.WildcardType
import kotlin.metadata.ClassKind
import kotlin.metadata.KmClass
import kotlin.metadata.KmClassifier
import kotlin.metadata.KmConstructor
import kotlin.metadata.KmType
import kotlin.metadata.declaresDefaultValue
import kotlin.metadata.isInner
import kotlin.metadata.isNullable
import kotlin.metadata.isSecondary
import kotlin.metadata.jvm.KotlinClassMetadata
import kotlin.metadata.jvm.fieldSignature
import kotlin.metadata.jvm.getterSignature
import kotlin.metadata.jvm.signature
import kotlin.metadata.kind

/** The type of a property: its class, the arguments of that, and whether a value may be null. */
internal class Shape(type: Class<*>, val arguments: List<Shape>, val nullable: Boolean) {
    /** The class of the values; of a primitive its wrapper. */
    val type: Class<*> = type.kotlin.javaObjectType

    /** What is said about the elements of a list, or the keys and values of a map; anything where nothing is said. */
    fun argument(position: Int): Shape = arguments.getOrElse(position) { ANYTHING }

    override fun toString(): String {
        val name = type.kotlin.simpleName ?: type.name
        val inner = if (arguments.isEmpty()) "" else arguments.joinToString(", ", "<", ">")
        return "$name$inner${if (nullable) "?" else ""}"
    }

    companion object {
        private val ANYTHING = Shape(Any::class.java, emptyList(), nullable = true)

        /** A Java type, and what Kotlin knows about it where that is known. */
        fun of(java: Type, kotlin: KmType? = null): Shape {
            val nullable = if (kotlin == null) !isPrimitive(java) else kotlin.isNullable || kotlin.classifier is KmClassifier.TypeParameter
            return when (java) {
                is Class<*> -> Shape(java, emptyList(), nullable)
                is ParameterizedType -> Shape(java.rawType as Class<*>, arguments(java, kotlin), nullable)
                is WildcardType -> of(java.upperBounds.first(), kotlin)
                is TypeVariable<*>, is GenericArrayType -> Shape(Any::class.java, emptyList(), nullable)
                else -> ANYTHING
            }
        }

        private fun isPrimitive(java: Type) = java is Class<*> && java.isPrimitive

        private fun arguments(java: ParameterizedType, kotlin: KmType?) =
            java.actualTypeArguments.mapIndexed { position, argument -> of(argument, kotlin?.arguments?.getOrNull(position)?.type) }
    }
}

/** A parameter of the constructor, and the property of the same name where there is one. */
internal class Property(
    private val owner: Class<*>,
    val name: String,
    val shape: Shape,
    val optional: Boolean,
    private val accessor: AccessibleObject?,
) {
    init {
        accessor?.let { open(owner, it) }
    }

    /** The property's value in an object. */
    fun get(from: Any): Any? = when (accessor) {
        is Method -> read(accessor, from)
        is java.lang.reflect.Field -> accessor.get(from)
        else -> throw InvalidArgumentException("$this is a parameter of the constructor only: make it a property, so that it can be read")
    }

    /** What a getter throws comes out as it was thrown. */
    private fun read(getter: Method, from: Any): Any? = try {
        getter.invoke(from)
    } catch (thrown: InvocationTargetException) {
        throw thrown.targetException
    }

    override fun toString(): String = "${owner.simpleName}.$name"
}

/** A class as its constructor and properties. */
internal class ObjectShape private constructor(
    private val type: Class<*>,
    private val constructor: Constructor<*>,
    val properties: List<Property>,
) {
    init {
        open(type, constructor)
    }

    /** Makes objects of the values of all properties but those at the absent positions, which take their defaults. */
    fun maker(absent: Set<Int>): (Array<Any?>) -> Any {
        if (absent.isEmpty()) return { values -> make(constructor, values) }
        val withDefaults = defaultsConstructor()
        val masks = masks(absent)
        return { values ->
            absent.forEach { values[it] = zero(constructor.parameterTypes[it]) }
            make(withDefaults, arrayOf(*values, *masks, null))
        }
    }

    private fun make(constructor: Constructor<*>, values: Array<Any?>): Any = try {
        constructor.newInstance(*values)
    } catch (thrown: InvocationTargetException) {
        val refused = thrown.targetException as? Exception ?: throw thrown.targetException
        throw BadValue("${type.simpleName} refuses its values: ${refused.message ?: refused}", cause = refused)
    }

    /** Kotlin's constructor with defaults: all parameters, a bit for each that is left out, and a marker. */
    private fun defaultsConstructor(): Constructor<*> {
        val marker = Class.forName("kotlin.jvm.internal.DefaultConstructorMarker")
        val words = Array<Class<*>>(words()) { Int::class.javaPrimitiveType ?: Int::class.java }
        return type.getDeclaredConstructor(*constructor.parameterTypes, *words, marker).also { open(type, it) }
    }

    private fun words() = (properties.size + Int.SIZE_BITS - 1) / Int.SIZE_BITS

    private fun masks(absent: Set<Int>): Array<Int> =
        Array(words()) { word -> absent.filter { it / Int.SIZE_BITS == word }.fold(0) { bits, at -> bits or (1 shl (at % Int.SIZE_BITS)) } }

    /** What stands in the place of a parameter that takes its default. */
    private fun zero(type: Class<*>): Any? =
        if (type.isPrimitive) java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0) else null

    companion object {
        fun of(type: Class<*>): ObjectShape {
            if (type.isInterface || type.isEnum || type.isArray || type.isPrimitive || Modifier.isAbstract(type.modifiers)) {
                throw refusal(type, "it cannot be made")
            }
            val metadata = type.getAnnotation(Metadata::class.java)?.let(KotlinClassMetadata::readLenient)
            val shape = when {
                metadata is KotlinClassMetadata.Class -> kotlinClass(type, metadata.kmClass)
                type.isRecord -> record(type)
                else -> plainClass(type)
            }
            if (shape.properties.isEmpty()) throw refusal(type, "its constructor has no parameters, which become columns")
            return shape
        }

        private fun kotlinClass(type: Class<*>, described: KmClass): ObjectShape {
            if (described.kind != ClassKind.CLASS || described.isInner) throw refusal(type, "it is an object or an inner class")
            val primary = described.constructors.firstOrNull { !it.isSecondary } ?: throw refusal(type, "it has no primary constructor")
            val parameters = primary.valueParameters
            parameters.firstOrNull { isValueClass(type, it.type) }?.let { throw refusal(type, "${it.name} is of a value class") }
            val constructor = constructor(type, primary)
            val properties = parameters.zip(constructor.genericParameterTypes) { parameter, generic ->
                val accessor = kotlinAccessor(type, described, parameter.name)
                Property(type, parameter.name, Shape.of(generic, parameter.type), parameter.declaresDefaultValue, accessor)
            }
            return ObjectShape(type, constructor, properties)
        }

        private fun constructor(type: Class<*>, primary: KmConstructor): Constructor<*> {
            val descriptor = primary.signature?.descriptor
            val parameters = descriptor?.let { MethodType.fromMethodDescriptorString(it, type.classLoader).parameterArray() }
            // A class in a function is made of the variables that it uses, too.
            if (parameters?.size != primary.valueParameters.size) throw refusal(type, "it needs more than its parameters")
            return type.getDeclaredConstructor(*parameters)
        }

        private fun isValueClass(owner: Class<*>, type: KmType): Boolean {
            val name = (type.classifier as? KmClassifier.Class)?.name ?: return false
            val found = runCatching { Class.forName(name.replace('.', '$').replace('/', '.'), false, owner.classLoader) }
            return found.getOrNull()?.isAnnotationPresent(JvmInline::class.java) ?: false
        }

        private fun kotlinAccessor(type: Class<*>, described: KmClass, name: String): AccessibleObject? {
            val property = described.properties.firstOrNull { it.name == name } ?: return null
            val getter = property.getterSignature?.name
            val field = property.fieldSignature?.name
            return type.declaredMethods.firstOrNull { it.name == getter && it.parameterCount == 0 }
                ?: type.declaredFields.firstOrNull { it.name == field }
        }

        private fun record(type: Class<*>): ObjectShape {
            val components = type.recordComponents
            val constructor = type.getDeclaredConstructor(*Array(components.size) { components[it].type })
            val properties = components.map { Property(type, it.name, Shape.of(it.genericType), optional = false, it.accessor) }
            return ObjectShape(type, constructor, properties)
        }

        private fun plainClass(type: Class<*>): ObjectShape {
            val all = type.constructors
            val constructor = all.singleOrNull() ?: throw refusal(type, "it has ${all.size} public constructors")
            val parameters = constructor.parameters
            if (parameters.any { !it.isNamePresent }) throw refusal(type, "it was compiled without the names of parameters (-parameters)")
            val properties = parameters.map { parameter ->
                Property(type, parameter.name, Shape.of(parameter.parameterizedType), optional = false, accessor(type, parameter.name))
            }
            return ObjectShape(type, constructor, properties)
        }

        private fun accessor(type: Class<*>, name: String): AccessibleObject? {
            val capitalized = name.replaceFirstChar(Char::uppercaseChar)
            val getters = listOf(name, "get$capitalized", "is$capitalized")
            val getter = type.methods.firstOrNull { it.parameterCount == 0 && it.name in getters && it.returnType != Void.TYPE }
            return getter ?: type.declaredFields.firstOrNull { it.name == name }
        }

        private fun refusal(type: Class<*>, reason: String) = InvalidArgumentException(
            "${type.name} cannot be a row: $reason; a data class, a record, or a class with one public constructor can",
        )
    }
}

private fun open(owner: Class<*>, member: AccessibleObject) {
    if (!member.trySetAccessible()) {
        throw InvalidArgumentException("${owner.name} is closed to this library: open the package ${owner.packageName} in its module")
    }
}
