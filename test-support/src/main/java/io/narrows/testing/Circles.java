package io.narrows.testing;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.EvaluationResult;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Circles of references in a module's classes, read from the class files on the class path. Packages must have none.
 * Top-level classes, each with its nested classes, may have only those that the module declares, each with a reason;
 * a declared circle that is not there any more fails too.
 */
public final class Circles {
    private Circles() {}

    /** A circle that stays. The classes are named below the root, as in {@code lane.Lane}. */
    public record Allowed(String reason, Set<String> classes) {
        public static Allowed because(String reason, String... classes) {
            return new Allowed(reason, new TreeSet<>(Set.of(classes)));
        }
    }

    /**
     * Fails unless packages below the root are free of circles, and exactly the declared circles join more than
     * {@code limit} top-level classes. The message lists the references of each circle, with class and line.
     */
    public static void check(String root, int limit, List<Allowed> allowed) {
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        check(root, limit, allowed, new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests())));
    }

    static void check(String root, int limit, List<Allowed> allowed, ClassFileImporter importer) {
        JavaClasses classes = importer.importPackages(root);
        if (classes.isEmpty()) {
            throw new AssertionError(
                    "No class below " + root + ". Give the root package of a module on the class path.");
        }
        List<String> faults = new ArrayList<>();
        Map<Set<String>, String> declared = new TreeMap<>(Circles::compare);
        allowed.forEach(circle -> declared.put(circle.classes(), circle.reason()));
        Map<String, Map<String, String>> references = references(root, classes);
        for (Set<String> circle : new Components(references).circles(limit)) {
            if (declared.remove(circle) == null) {
                faults.add(describe(circle, references));
            }
        }
        declared.forEach((circle, reason) ->
                faults.add("Declared as a circle, but it is none (" + reason + "): " + String.join(", ", circle)));
        EvaluationResult packages = slices().assignedFrom(new Packages(root))
                .should()
                .beFreeOfCycles()
                .evaluate(classes);
        if (packages.hasViolation()) {
            faults.add(packages.getFailureReport().toString());
        }
        if (!faults.isEmpty()) {
            throw new AssertionError("Circles of more than " + limit + " classes in " + root + ". Cut them, or declare"
                    + " each with a reason if it is one concept:\n" + String.join("\n", faults));
        }
    }

    private static int compare(Set<String> left, Set<String> right) {
        return left.toString().compareTo(right.toString());
    }

    /** For each top-level class, the others that it refers to, each with the first reference as text. */
    private static Map<String, Map<String, String>> references(String root, JavaClasses classes) {
        Map<String, Map<String, String>> references = new TreeMap<>();
        for (JavaClass from : classes) {
            Map<String, String> targets = references.computeIfAbsent(topLevel(root, from), name -> new TreeMap<>());
            for (Dependency reference : from.getDirectDependenciesFromSelf()) {
                JavaClass to = reference.getTargetClass().getBaseComponentType();
                if (inside(root, to) && !topLevel(root, to).equals(topLevel(root, from))) {
                    targets.merge(topLevel(root, to), reference.getDescription(), Circles::first);
                }
            }
        }
        return references;
    }

    private static String first(String left, String right) {
        return left.compareTo(right) <= 0 ? left : right;
    }

    private static boolean inside(String root, JavaClass type) {
        return type.getPackageName().equals(root) || type.getPackageName().startsWith(root + '.');
    }

    private static String topLevel(String root, JavaClass type) {
        String name = type.getName();
        int nested = name.indexOf('$');
        return (nested < 0 ? name : name.substring(0, nested)).substring(root.length() + 1);
    }

    private static String describe(Set<String> circle, Map<String, Map<String, String>> references) {
        StringBuilder text =
                new StringBuilder().append(circle.size()).append(" classes: ").append(String.join(", ", circle));
        for (String from : circle) {
            references.getOrDefault(from, Map.of()).forEach((to, reference) -> {
                if (circle.contains(to)) {
                    text.append("\n    ")
                            .append(from)
                            .append(" -> ")
                            .append(to)
                            .append(": ")
                            .append(reference);
                }
            });
        }
        return text.toString();
    }

    /** Each package is a slice of its own, the root included. */
    private record Packages(String root) implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return inside(root, type) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages of " + root;
        }
    }

    /** Tarjan's strongly connected components of one graph; used once, by one thread. */
    private static final class Components {
        private final Map<String, Map<String, String>> references;
        private final Map<String, Integer> index = new TreeMap<>();
        private final Map<String, Integer> lowest = new TreeMap<>();
        private final List<String> stack = new ArrayList<>();
        private final List<Set<String>> found = new ArrayList<>();

        Components(Map<String, Map<String, String>> references) {
            this.references = references;
        }

        List<Set<String>> circles(int limit) {
            for (String node : references.keySet()) {
                if (!index.containsKey(node)) {
                    visit(node);
                }
            }
            found.removeIf(component -> component.size() <= limit);
            return found;
        }

        private int visit(String node) {
            int number = index.size();
            index.put(node, number);
            lowest.put(node, number);
            stack.add(node);
            for (String next : references.getOrDefault(node, Map.of()).keySet()) {
                if (!index.containsKey(next)) {
                    lowest.merge(node, visit(next), Math::min);
                } else if (stack.contains(next)) {
                    lowest.merge(node, index.getOrDefault(next, number), Math::min);
                }
            }
            int low = lowest.getOrDefault(node, number);
            if (low == number) {
                List<String> members = stack.subList(stack.indexOf(node), stack.size());
                found.add(new TreeSet<>(members));
                members.clear();
            }
            return low;
        }
    }
}
