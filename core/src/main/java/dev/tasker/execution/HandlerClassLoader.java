package dev.tasker.execution;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.net.URLClassLoader;
import java.security.CodeSource;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Loads the classes of handler jars. Safe from any thread.
///
/// Their calls of `System.exit`, `Runtime.exit` and `Runtime.halt` would end the worker, and with it the handlers of
/// others: as a class is loaded they are replaced by calls of [ProcessExit]. That keeps mistakes and libraries from
/// harm, not bad intentions: calls by reflection, and those of classes on the application's own class path, stay.
public final class HandlerClassLoader extends URLClassLoader {
    private static final ClassDesc SYSTEM = ClassDesc.of("java.lang.System");
    private static final ClassDesc RUNTIME = ClassDesc.of("java.lang.Runtime");
    private static final ClassDesc REPLACEMENT = ClassDesc.of(ProcessExit.class.getName());
    private static final MethodTypeDesc TAKES_STATUS = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
    private static final MethodTypeDesc TAKES_RUNTIME =
            MethodTypeDesc.of(ConstantDescs.CD_void, RUNTIME, ConstantDescs.CD_int);
    private static final Map<ClassDesc, List<String>> ENDINGS =
            Map.of(SYSTEM, List.of("exit"), RUNTIME, List.of("exit", "halt"));

    static {
        registerAsParallelCapable();
    }

    /// @param jars   where the classes are, in this order
    /// @param parent is asked first
    public HandlerClassLoader(List<URL> jars, ClassLoader parent) {
        super(jars.toArray(URL[]::new), parent);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        URL place = findResource(name.replace('.', '/') + ".class");
        Optional<byte[]> rewritten = place == null ? Optional.empty() : rewritten(place);
        if (rewritten.isEmpty()) {
            return super.findClass(name);
        }
        byte[] bytes = rewritten.get();
        String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        if (getDefinedPackage(packageName) == null) {
            definePackageOf(packageName);
        }
        return defineClass(name, bytes, 0, bytes.length, new CodeSource(origin(place), (Certificate[]) null));
    }

    private void definePackageOf(String name) {
        try {
            definePackage(name, null, null, null, null, null, null, null);
        } catch (IllegalArgumentException meanwhile) {
            // Another thread was faster.
            return;
        }
    }

    /// The jar that a class is from.
    private URL origin(URL place) {
        return Arrays.stream(getURLs())
                .filter(jar -> place.toString().contains(jar.toString()))
                .findFirst()
                .orElse(place);
    }

    /// The class in its new form; empty where it ends no process.
    private static Optional<byte[]> rewritten(URL place) {
        byte[] bytes;
        try (InputStream stream = place.openStream()) {
            bytes = stream.readAllBytes();
        } catch (IOException problem) {
            throw new UncheckedIOException("cannot read " + place, problem);
        }
        try {
            ClassModel model = ClassFile.of().parse(bytes);
            return callsAnEnding(model) ? Optional.of(rewritten(model)) : Optional.empty();
        } catch (IllegalArgumentException unknownForm) {
            // The JVM says what is wrong with it.
            return Optional.empty();
        }
    }

    private static boolean callsAnEnding(ClassModel model) {
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof MemberRefEntry member
                    && isEnding(member.owner().asSymbol(), member.name().stringValue())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEnding(ClassDesc owner, String name) {
        return ENDINGS.getOrDefault(owner, List.of()).contains(name);
    }

    private static byte[] rewritten(ClassModel model) {
        return ClassFile.of()
                .transformClass(model, ClassTransform.transformingMethodBodies(HandlerClassLoader::rewrite));
    }

    private static void rewrite(CodeBuilder code, CodeElement element) {
        switch (element) {
            case InvokeInstruction call
            when isEnding(call.owner().asSymbol(), call.name().stringValue()) -> {
                // What is on the stack fits: the runtime that a method is called on becomes the first argument.
                MethodTypeDesc type = call.opcode() == Opcode.INVOKESTATIC ? TAKES_STATUS : TAKES_RUNTIME;
                code.invokestatic(REPLACEMENT, call.name().stringValue(), type);
            }
            case InvokeDynamicInstruction call -> code.invokedynamic(rewritten(call));
            default -> code.with(element);
        }
    }

    /// Method references, such as `System::exit`.
    private static DynamicCallSiteDesc rewritten(InvokeDynamicInstruction call) {
        return DynamicCallSiteDesc.of(
                call.bootstrapMethod(),
                call.name().stringValue(),
                call.typeSymbol(),
                call.bootstrapArgs().stream().map(HandlerClassLoader::rewritten).toArray(ConstantDesc[]::new));
    }

    private static ConstantDesc rewritten(ConstantDesc argument) {
        return argument instanceof DirectMethodHandleDesc handle && isEnding(handle.owner(), handle.methodName())
                ? MethodHandleDesc.ofMethod(
                        DirectMethodHandleDesc.Kind.STATIC, REPLACEMENT, handle.methodName(), handle.invocationType())
                : argument;
    }
}
