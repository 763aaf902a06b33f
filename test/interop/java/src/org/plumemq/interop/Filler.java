package org.plumemq.interop;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives every field of an object a value that no other field has and that is not its default, by reflection. The values
 * depend on the order of the fields alone, so two runs agree. Maps and lists get one entry, whose order is no question.
 */
final class Filler {
    private final boolean edges;
    private int serial;

    /** edges asks for the awkward values: the extremes of the numbers, and strings that JSON has to escape. */
    Filler(boolean edges) {
        this.edges = edges;
    }

    <T> T fill(Class<T> type) throws Exception {
        Constructor<T> constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        T object = constructor.newInstance();
        fill(object, 0, new HashMap<>());
        return object;
    }

    static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> c = type; c != null && !c.getName().startsWith("java."); c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) && !f.isSynthetic()) {
                    fields.add(f);
                }
            }
        }
        return fields;
    }

    private void fill(Object object, int depth, Map<TypeVariable<?>, Type> bound) throws Exception {
        for (Field f : fields(object.getClass())) {
            f.setAccessible(true);
            if (Modifier.isTransient(f.getModifiers()) || f.getType().getName().contains("logging")) {
                continue;
            }
            Object value = value(f.getGenericType(), f.getName(), depth, bound);
            if (value instanceof AtomicLong && f.get(object) != null) {
                ((AtomicLong) f.get(object)).set(((AtomicLong) value).get());
            } else if (value != null) {
                f.set(object, value);
            }
        }
    }

    private Object value(Type type, String name, int depth, Map<TypeVariable<?>, Type> bound) throws Exception {
        if (depth > 5) {
            return null;
        }
        if (type instanceof TypeVariable) {
            return value(bound.getOrDefault(type, String.class), name, depth, bound);
        }
        if (type instanceof ParameterizedType) {
            return container((ParameterizedType) type, name, depth, bound);
        }
        Class<?> c = type instanceof Class ? (Class<?>) type : Object.class;
        Object simple = simple(c, name);
        if (simple != null) {
            return simple;
        }
        if (c.isEnum()) {
            Object[] all = c.getEnumConstants();
            return all[all.length - 1];
        }
        if (c.isInterface() || c.isArray() || c == Object.class || Modifier.isAbstract(c.getModifiers())) {
            return null;
        }
        for (Constructor<?> constructor : c.getDeclaredConstructors()) {
            if (constructor.getParameterTypes().length == 0) {
                constructor.setAccessible(true);
                Object inner = constructor.newInstance();
                fill(inner, depth + 1, bound);
                return inner;
            }
        }
        return null;
    }

    private Object simple(Class<?> c, String name) {
        serial++;
        if (c == String.class) {
            return edges ? name + " \"\\/\b\f\n\r\t\u0001\u0002\u001f\u007f<>&'=\u00e9\u4e2d\u6587\ud83d\ude00 " + serial : name + "-" + serial;
        }
        if (c == int.class || c == Integer.class) {
            return edges ? (serial % 2 == 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE) : 1000 + serial;
        }
        if (c == long.class || c == Long.class) {
            return edges ? (serial % 2 == 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : 7000000000000L + serial;
        }
        if (c == boolean.class || c == Boolean.class) {
            return true;
        }
        if (c == double.class || c == Double.class) {
            return serial + 0.25;
        }
        if (c == byte.class) {
            return (byte) serial;
        }
        if (c == AtomicLong.class) {
            return new AtomicLong(8000000000000L + serial);
        }
        if (c == AtomicInteger.class) {
            return new AtomicInteger(2000 + serial);
        }
        if (c == byte[].class) {
            return new byte[] {(byte) serial, (byte) 0xff, 0};
        }
        return container(c, name);
    }

    private Object container(Class<?> c, String name) {
        if (c == BitSet.class) {
            BitSet bits = new BitSet();
            bits.set(serial % 40);
            return bits;
        }
        if (c == Properties.class) {
            Properties properties = new Properties();
            properties.setProperty(name + "Key", name + "-" + serial);
            return properties;
        }
        return null;
    }

    private Object container(ParameterizedType type, String name, int depth, Map<TypeVariable<?>, Type> bound) throws Exception {
        Class<?> raw = (Class<?>) type.getRawType();
        Type[] arguments = type.getActualTypeArguments();
        if (Map.class.isAssignableFrom(raw)) {
            Map<Object, Object> map = map(raw);
            Object key = value(arguments[0], name + "Key", depth + 1, bound);
            Object value = value(arguments[1], name + "Value", depth + 1, bound);
            if (key != null && value != null) {
                map.put(key, value);
            }
            return map;
        }
        if (Collection.class.isAssignableFrom(raw)) {
            Collection<Object> items = TreeSet.class.isAssignableFrom(raw) ? new TreeSet<>()
                : Set.class.isAssignableFrom(raw) ? new HashSet<>() : new ArrayList<>();
            Object item = value(arguments[0], name, depth + 1, bound);
            if (item != null) {
                items.add(item);
            }
            return items;
        }
        Map<TypeVariable<?>, Type> inner = new HashMap<>(bound);
        for (int i = 0; i < arguments.length; i++) {
            inner.put(raw.getTypeParameters()[i], arguments[i]);
        }
        return value(raw, name, depth, inner);
    }

    private static Map<Object, Object> map(Class<?> raw) {
        if (ConcurrentSkipListMap.class.isAssignableFrom(raw)) {
            return new ConcurrentSkipListMap<>();
        }
        if (ConcurrentMap.class.isAssignableFrom(raw)) {
            return new ConcurrentHashMap<>();
        }
        if (TreeMap.class.isAssignableFrom(raw) || raw == java.util.SortedMap.class) {
            return new TreeMap<>();
        }
        return LinkedHashMap.class.isAssignableFrom(raw) ? new LinkedHashMap<>() : new HashMap<>();
    }
}
